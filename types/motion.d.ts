// Types that modules of static/motion share. Only the checker reads this file: no browser gets it.

// --- frames of the socket: docs/protocol.md --------------------------------------------------

/** The objects that pass a table of protocol.js. A test compares those tables with the server's. */
type Accepted<Table> = {
  [Name in keyof Table]: Table[Name] extends (value: any) => value is infer Value ? Value : never;
};
type Tables = typeof import("../static/motion/live/protocol.js").FIELDS;
type FrameOf<Type extends keyof Tables> = { type: Type } & Accepted<Tables[Type]>;
type Frame = { [Type in keyof Tables]: FrameOf<Type> }[keyof Tables];
type StateFrame = FrameOf<"state">;
type IncrementsFrame = FrameOf<"increments">;
type HistoryFrame = FrameOf<"history">;
type PongFrame = FrameOf<"pong">;
type ViewersFrame = FrameOf<"viewers">;
type EnsembleFrame = FrameOf<"ensemble">;
type SeatFrame = FrameOf<"seat">;
type QuestionFrame = FrameOf<"question">;
type AnswerFrame = FrameOf<"answer">;
type ViewFrame = FrameOf<"view">;
/** Of a revealed question; `intervals` are sorted by their middles and have no names; a position has two equal ends. */
type QuestionResults = Accepted<typeof import("../static/motion/live/protocol.js").RESULTS>;
/** Of questions.json: also what the owner has prepared. */
type QuestionJson = Omit<QuestionFrame, "type" | "of"> & { ahead: number | null; correct: number | null; names_shown: boolean };
/** The view that a presenter shows to everyone: docs/protocol.md. */
type PresentedView = {
  page: number;
  epoch: number;
  mode: "live" | "whole" | "fixed";
  range: Span | null;
  since: number | null;
  across: "step" | "elapsed" | "clock";
  up: "position" | "increments";
  band: number | "view" | null;
  changes: boolean;
  class: boolean;
  slice: number | "newest" | null;
  lit: number | null;
  law: LinkedLaw | null;
  panels: string[];
  pointer: [step: number, position: number] | null;
};
type ErrorFrame = FrameOf<"error">;
type Change = Accepted<typeof import("../static/motion/live/protocol.js").CHANGE>;
type Settings = Pick<Change, "variance" | "drift" | "interval" | "paused">;

/** What to do once `Sync` has taken in a frame that brings something new; `restart` before a new path replaces the old. */
type FrameHandlers = {
  [Type in Exclude<keyof Tables, "pong">]?: (frame: FrameOf<Type>, now: number) => void;
} & { restart?: () => void };

type SyncMessage = { type: "sync"; epoch: number; step: number };
type ChangeMessage = { type: "change"; revision?: number; drag?: number } & Partial<Settings>;
type RestartMessage = { type: "restart"; revision?: number; paused?: boolean };
type PresentMessage = { type: "present"; view: PresentedView | null };
type FollowMessage = { type: "follow"; on: boolean };
type Message = SyncMessage | ChangeMessage | RestartMessage | PresentMessage | FollowMessage | { type: "ping"; n: number; step: number };

// --- answers in JSON -------------------------------------------------------------------------

/** `added`: the frames that a page of the version before cannot read. */
type FramesJson = { signed_in: boolean; frames: Frame[]; added?: Frame[] };
/** The view of a scene: docs/lessons.md. */
type LessonView = Omit<PresentedView, "page" | "epoch" | "since" | "lit" | "pointer"> & { around: Span | null };
/** `number` is that of the newest question that is like it, null if that was removed. */
type LessonQuestion = {
  kind: string;
  text: string;
  options?: string[];
  level?: number;
  ahead?: number;
  correct?: number;
  number: number | null;
  state: string;
};
/** Where a motion is in its lesson; without a lesson, null and zeros alone. */
type LessonJson = {
  lesson: string | null;
  scene: number;
  scenes: number;
  titles: string[];
  title: string;
  notes: string;
  view: LessonView | null;
  question: LessonQuestion | null;
};
type PathJson = { stride: number; first_step: number; last: number; positions: number[]; changes: Change[] };
/** Of statistics.json: docs/statistics.md. */
type Interval = { value: number; low: number; high: number; expected: number; p: number };
type Agreement<Outside = unknown> = { mark: "agrees" | "chance" | "rare"; p: number; outside: Outside[] };
type PanelName = "histogram" | "moments" | "quadratic" | "displacement";
type StatisticsJson = Stretch & {
  count: number;
  sampled: number;
  still: number;
  standardised: boolean;
  mean: Interval;
  variance: Interval;
  histogram: {
    first: number;
    width: number;
    counts: number[];
    mean: number;
    variance: number;
    chi2: number;
    freedom: number;
  };
  quadratic: { steps: number[]; realised: number[]; expected: number[]; low: number; high: number };
  displacement: { lags: number[]; realised: number[]; expected: number[]; low: number[]; high: number[] };
  agreement: {
    histogram: Agreement<"counts"> | null;
    moments: Agreement<"mean" | "variance">;
    quadratic: Agreement<"sum">;
    displacement: Agreement<number>;
  };
};
/** Of ensemble.json and slice.json: docs/protocol.md. */
type EnsembleJson = {
  epoch: number;
  stride: number;
  first_step: number;
  quantiles: Record<string, number[]>;
  law: { mean: number[]; variance: number[] };
  paths: Record<string, number[]>;
};
type LawName = "time-above" | "maximum" | "barrier";
/** laws.json; with `reason` it has no more than `text`. */
type LawJson = {
  epoch: number;
  step: number;
  law: LawName;
  count: number;
  reason?: string;
  edges?: number[];
  counts?: number[];
  theory?: number[];
  never?: { seen: number; theory: number };
  survival?: { steps: number[]; seen: number[]; theory: number[] };
  crossed?: Record<string, number>;
  ruin?: { upper: number; mean_steps: number };
  agreement?: Agreement<string> | null;
  text: string;
};
type SliceJson = {
  epoch: number;
  step: number;
  count: number;
  edges: number[];
  counts: number[];
  mean: number;
  mean_interval: Span | null;
  variance: number | null;
  variance_interval: Span | null;
  quantiles: Record<string, number>;
  law: Law & { quantiles: Record<string, number> };
  ks: { distance: number; p: number } | null;
  agreement: Agreement<string> | null;
  text: string;
};
type Person = { id: string; name: string; is_here: boolean; role: string };
type EpochJson = {
  epoch: number;
  ordinal: number;
  began_at: string;
  ended_at: string | null;
  last_step: number;
  paths?: number;
};

// --- values that modules hand to each other --------------------------------------------------

type Span = [from: number, to: number];
type Size = { width: number; height: number };
type Moment = string | number | Date;
type Timer = ReturnType<typeof setTimeout> | null | undefined;
/** Of a normal distribution. */
type Law = { mean: number; variance: number };
type Stretch = { first: number; last: number };
type Points = { steps: number[]; positions: number[] };
type AskedWindow = Stretch & { epoch: number | null };
type Tile = Stretch & { key?: string; epoch: number | null; stride: number };
type Place = { epoch: number | null; step: number; position: number };
type ChangeEvent = { revision: number; step: number; position: number; at: string; kind: string; text: string };
type Series = import("../static/motion/live/series.js").Series;
type MotionApi = import("../static/motion/live/api.js").MotionApi;
type Path = {
  series: Series;
  items: Change[];
  ordinal: number | null;
  endedAt: number;
  paths: number; // of its ensemble
  slices?: Slice[]; // that the page had when it froze the path
  isPast?: boolean;
};
/** A pause on an axis of clock time. */
type Pause = { step: number; position: number; from: number; to: number };
type Axis = {
  kind: string;
  title: string;
  type: string;
  note: string;
  pauses: Pause[];
  toX: (step: number) => number;
  toStep: (x: number) => number;
  describeStep: (step: number) => string;
};
type Band = { steps: number[]; mean: number[]; low: number[]; high: number[] };
type Marker = { step: number; position: number; text: string };
type Sync = import("../static/motion/live/sync.js").Sync;
type ViewModel = import("../static/motion/view/view-model.js").ViewModel;
/** All positions of an ensemble at one step; path i is at index i − 1. `quantiles` are computed when they are needed. */
type Slice = { step: number; positions: Float32Array; quantiles: number[] | null };
type Seat = { number: number; name: string };
type Questions = import("../static/motion/live/questions.js").Questions;
/**
 * What a reader can do about the question that everyone sees:
 * - none: there is no question;
 * - open: answer it, and change the answer;
 * - late: nothing more, because the path has reached its step;
 * - restarted: nothing more, because its path has ended;
 * - closed: wait for the answers;
 * - revealed: see them.
 */
type QuestionPhase = "none" | "open" | "late" | "restarted" | "closed" | "revealed";
type EnsembleSeries = import("../static/motion/live/ensemble-series.js").EnsembleSeries;
type Ensemble = import("../static/motion/view/ensemble.js").Ensemble;
/** A part of an ensemble that the page has loaded: `count` points at the multiples of `stride` from `first` on. */
type EnsembleWindow = Stretch & {
  epoch: number;
  stride: number;
  count: number;
  quantiles: number[][];
  law: Law[];
  paths: Map<number, number[]>;
};
/** The window that a view needs: the `paths` of these seats one by one, and the quantiles of all. */
type AskedEnsemble = Stretch & { epoch: number; stride: number; seats: number[] };
/** The class in coordinates of the axes: `fan`, `law`, `thin` and `lit` have one value for each of `x`. */
type BoldPath = { seat: number; name: string; x: number[]; y: number[]; hasCrossed: boolean };
type EnsemblePicture = {
  x: number[];
  fan: { low5: number[]; low25: number[]; mid: number[]; high75: number[]; high95: number[] };
  law: { low: number[]; high: number[] };
  thin: { seat: number; y: number[]; hasCrossed: boolean }[];
  mine: BoldPath | null;
  lit: BoldPath | null;
  slice: SlicePicture | null;
  barriers: number[];
};
/** The positions at one step: how many paths end between two neighbours of `edges`, and the density of theory, where
 * `p` is the number of paths that theory expects in a bin around `y`. The slider moves between `first` and `last`. */
type SlicePicture = Stretch & {
  step: number;
  x: number;
  edges: number[];
  counts: number[];
  density: { y: number; p: number }[];
};
/** The revealed answers about a step: bars that have an answer, or intervals in the order of their middles. */
type AnswersPicture = {
  step: number;
  x: number;
  bars: { low: number; high: number; count: number }[];
  intervals: { low: number; high: number; isHit: boolean }[];
  median: number | null;
  outcome: number | null;
};
/** The reader's answer about a step: `isSet` once they have moved it, `canMove` while the question is open to them. */
type OwnAnswerPicture = {
  step: number;
  x: number;
  isInterval: boolean;
  ends: { low: number; high: number } | null;
  canMove: boolean;
  isSet: boolean;
  state: string;
};
/** What the chart draws, in coordinates of its axes. */
type Picture = {
  steps: number[];
  x: number[];
  y: number[];
  newest: number[] | null;
  band: (Band & { x: number[] }) | null;
  markers: { step: number; x: number; y: number; text: string }[];
  ensemble: EnsemblePicture | null;
  answers: AnswersPicture | null;
  own: OwnAnswerPicture | null;
  range: Span;
  yRange: Span;
  axis: Axis;
  up: string;
  stride: number;
  isCounted: boolean;
};
/** The text of a saved picture: chart/paper.js. */
type Caption = { title: string; lines: string[]; foot: string };
/** The chart as motion/views/figures.py describes it, in the words of Plotly. */
type Figure = { data: any[]; guide: any; layout: any; config: any };
type Titles = { across: string; up: string };
/** The colour with a name of the style sheet, such as "--ink". */
type Colour = (name: string) => string;
type Parameter = "variance" | "drift" | "interval";
type MotionView = import("../static/motion/pages/motion-view.js").MotionView;
type Chart = import("../static/motion/chart/chart.js").Chart;
type LinkedLaw = { name: LawName; low: number | null; high: number | null };
/** How a link describes a view: view/permalink.js. */
type LinkedView = {
  epoch: number | null;
  mode: string;
  range: Span | null;
  since: number | null;
  x: string;
  y: string;
  band: number | "view" | null;
  marks: boolean;
  ensemble: boolean;
  slice: number | "off" | null;
  lit: number | null;
  law: LinkedLaw | null;
  panels: string[];
};

/** What an export is of: as it was when the dialog opened. */
type Subject = {
  epoch: number | null;
  slug: string;
  title: string;
  interval: number;
  ordinal: number;
  at: number;
  view: Span;
  whole: Span;
  isMoving: boolean;
  paths: number;
  model: ViewModel;
};

/** How a command changes the view: view/commands.js. */
type Run = (command: keyof typeof import("../static/motion/view/commands.js").COMMANDS, value?: any) => void;
/**
 * What the page of a motion is doing:
 * - connecting: a socket opens, and no state has come yet;
 * - live: frames come over the socket;
 * - polling: frames come over HTTP, because no socket opens;
 * - waiting: there is no connection until the next attempt;
 * - ended: the server refused for good.
 */
type Phase = "connecting" | "live" | "polling" | "waiting" | "ended";

// --- the page --------------------------------------------------------------------------------

/** plotly.min.js, which has no types of its own. */
declare const Plotly: any;
interface Window {
  Plotly: any;
}
/** A timer that was never set may be cleared. */
declare function clearTimeout(timer: Timer): void;
/** The templates hold the elements that modules look for, of many kinds; the browser tests miss one that is gone. */
interface ParentNode {
  querySelector(selectors: string): any;
  querySelectorAll(selectors: string): NodeListOf<any>;
}
interface Document {
  getElementById(id: string): any;
}

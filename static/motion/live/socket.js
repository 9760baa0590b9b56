// The only module that names WebSocket: one socket at a time, and reconnection after it closed.

import { computeBackoff } from "../lib/backoff.js";
import { CLOSE, parseFrame } from "./protocol.js";

const [CONNECTING, OPEN] = [0, 1]; // as WebSocket has them, where there is one
const OPEN_MS = 10_000; // in a network that drops the handshake, a browser would wait for minutes

/** Keeps a socket open on `path()`, which each attempt reads again.
 * Calls `on.open()`; `on.frame(frame)`; `on.retry(delay, code, attempts)` before it waits for the next
 * attempt, where `attempts` is how many in a row have brought no frame, Infinity in a browser without
 * sockets; `on.end(code)` when the server refuses for good; and `on.unreadable()` at the first frame
 * that this page cannot read. */
export class Connection {
  /** @type {WebSocket | null} */ #socket = null;
  #attempts = 0;
  /** @type {Timer} */ #timer = null;
  /** @type {Timer} */ #opening = null;
  #hasEnded = false;
  #isWanted = false;
  #hasUnreadable = false;

  /** @param {() => string} path
   * @param {{ open: () => void, frame: (frame: Frame) => void, end: (code: number) => void,
   *   retry: (delay: number, code: number, attempts: number) => void, unreadable?: () => void }} on */
  constructor(path, on) {
    this.path = path;
    this.on = on;
    addEventListener("online", () => this.retryNow());
    addEventListener("pagehide", () => this.#drop(true));
    addEventListener("pageshow", (event) => event.persisted && this.#isWanted && this.open());
  }

  get isOpen() {
    return this.#socket?.readyState === OPEN;
  }

  open() {
    this.close();
    this.#isWanted = true;
    this.#hasEnded = false;
    const socket = this.#createSocket();
    if (!socket) return;
    this.#socket = socket;
    this.#opening = setTimeout(() => this.abandon(), OPEN_MS);
    socket.onopen = () => {
      clearTimeout(this.#opening);
      this.on.open();
    };
    socket.onmessage = ({ data }) => this.#handleMessage(data);
    socket.onclose = ({ code }) => this.#handleClose(code);
  }

  /** A socket; null, after a failed attempt, where the browser or an extension of it allows none. */
  #createSocket() {
    try {
      const scheme = location.protocol === "https:" ? "wss:" : "ws:";
      return new WebSocket(`${scheme}//${location.host}${this.path()}`);
    } catch {
      this.#attempts = Infinity;
      this.#handleClose(0);
      return null;
    }
  }

  /** @param {Message} message */
  send(message) {
    if (this.isOpen) this.#socket?.send(JSON.stringify(message));
  }

  /** Close a socket whose server has stopped answering, and reconnect. */
  abandon() {
    this.#drop();
    this.#handleClose(0);
  }

  /** Close it until `open` is called again. */
  close() {
    this.#isWanted = false;
    clearTimeout(this.#timer);
    this.#timer = null;
    this.#drop(true);
  }

  /** Reconnect at once if an attempt is due later: the network or the reader is back. */
  retryNow() {
    if (this.#timer !== null) this.open();
  }

  #drop(isPatient = false) {
    clearTimeout(this.#opening);
    const socket = this.#socket;
    this.#socket = null;
    if (!socket) return;
    socket.onopen = socket.onmessage = socket.onclose = null;
    if (isPatient && socket.readyState === CONNECTING) closeOnceOpen(socket);
    else socket.close();
  }

  /** @param {string} data */
  #handleMessage(data) {
    let frame;
    try {
      frame = parseFrame(data);
    } catch (error) {
      if (this.#hasUnreadable) return;
      this.#hasUnreadable = true;
      console.error("A frame was not understood:", error);
      this.on.unreadable?.();
      return;
    }
    this.#attempts = 0;
    this.on.frame(frame);
  }

  /** @param {number} code */
  #handleClose(code) {
    clearTimeout(this.#opening);
    if (this.#hasEnded) return;
    if (CLOSE[code]?.comesBack === false) {
      this.#hasEnded = true;
      this.on.end(code);
      return;
    }
    const delay = computeBackoff(this.#attempts);
    this.#attempts += 1;
    this.#timer = setTimeout(() => this.open(), delay);
    this.on.retry(delay, code, this.#attempts);
  }
}

/** To close a socket while it connects would log an error in the console. @param {WebSocket} socket */
function closeOnceOpen(socket) {
  socket.onopen = () => socket.close();
  setTimeout(() => socket.close(), OPEN_MS);
}

// The only file that names WebSocket: one socket at a time, and coming back after it closed.

import { delayBefore } from "../lib/backoff.js";
import { CLOSE, parse } from "./protocol.js";

const [CONNECTING, OPEN] = [0, 1]; // as WebSocket has them, where there is one
const OPEN_MS = 10_000; // a network that swallows the handshake would be waited for minutes

/**
 * Keeps a socket open on `address()`, which is asked anew at each try.
 *
 * Calls `on.open()`, `on.frame(frame)`, `on.wait(milliseconds, code, tries)` before a further try,
 * where `tries` in a row have brought no frame: Infinity in a browser that makes no sockets. Calls
 * `on.end(code)` when the server said to stay away, and `on.misread()` at the first frame that this
 * page does not understand.
 */
export class Connection {
  /** @type {WebSocket | null} */ #socket = null;
  #attempt = 0;
  /** @type {Timer} */ #timer = null;
  /** @type {Timer} */ #opening = null;
  #ended = false;
  #wanted = false;
  #unknown = false;

  /** @param {() => string} address
   * @param {{ open: () => void, frame: (frame: Frame) => void, end: (code: number) => void,
   *   wait: (delay: number, code: number, tries: number) => void, misread?: () => void }} on */
  constructor(address, on) {
    this.address = address;
    this.on = on;
    addEventListener("online", () => this.retryNow());
    addEventListener("pagehide", () => this.#drop(true));
    addEventListener("pageshow", (event) => event.persisted && this.#wanted && this.open());
  }

  get isOpen() {
    return this.#socket?.readyState === OPEN;
  }

  open() {
    this.close();
    this.#wanted = true;
    this.#ended = false;
    const socket = this.#make();
    if (!socket) return;
    this.#socket = socket;
    this.#opening = setTimeout(() => this.abandon(), OPEN_MS);
    socket.onopen = () => {
      clearTimeout(this.#opening);
      this.on.open();
    };
    socket.onmessage = ({ data }) => this.#take(data);
    socket.onclose = ({ code }) => this.#closed(code);
  }

  /** A socket; null, as one that failed, where the browser or an extension of it allows none. */
  #make() {
    try {
      return new WebSocket(this.address());
    } catch {
      this.#attempt = Infinity;
      this.#closed(0);
      return null;
    }
  }

  /** @param {Message} message */
  send(message) {
    if (this.isOpen) this.#socket?.send(JSON.stringify(message));
  }

  /** Give up a socket that has fallen silent, and come back. */
  abandon() {
    this.#drop();
    this.#closed(0);
  }

  /** Leave, until `open` is called again. */
  close() {
    this.#wanted = false;
    clearTimeout(this.#timer);
    this.#timer = null;
    this.#drop(true);
  }

  /** Do not wait any longer: the network is back, or somebody looks again. */
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
  #take(data) {
    let frame;
    try {
      frame = parse(data);
    } catch (error) {
      if (this.#unknown) return;
      this.#unknown = true;
      console.error("A frame was not understood:", error);
      this.on.misread?.();
      return;
    }
    this.#attempt = 0;
    this.on.frame(frame);
  }

  /** @param {number} code */
  #closed(code) {
    clearTimeout(this.#opening);
    if (this.#ended) return;
    if (CLOSE[code]?.comesBack === false) {
      this.#ended = true;
      this.on.end(code);
      return;
    }
    const delay = delayBefore(this.#attempt);
    this.#attempt += 1;
    this.#timer = setTimeout(() => this.open(), delay);
    this.on.wait(delay, code, this.#attempt);
  }
}

/** Closed while it connects, it would be an error in the visitor's console. @param {WebSocket} socket */
function closeOnceOpen(socket) {
  socket.onopen = () => socket.close();
  setTimeout(() => socket.close(), OPEN_MS);
}

// The only file that names WebSocket: one socket at a time, and coming back after it closed.

import { delayBefore } from "./backoff.js";
import { CLOSE, parse } from "./protocol.js";

const OPEN_MS = 10_000; // a network that swallows the handshake would be waited for minutes

/**
 * Keeps a socket open on `address()`, which is asked anew at each try.
 *
 * Calls `on.open()`, `on.frame(frame)`, `on.wait(milliseconds, code, tries)` before a further try,
 * where `tries` in a row have brought no frame, and `on.end(code)` when the server said to stay away.
 */
export class Connection {
  #socket = null;
  #attempt = 0;
  #timer = null;
  #opening = null;
  #ended = false;
  #wanted = false;
  #unknown = false;

  constructor(address, on) {
    this.address = address;
    this.on = on;
    addEventListener("online", () => this.retryNow());
    addEventListener("pagehide", () => this.#drop(true));
    addEventListener("pageshow", (event) => event.persisted && this.#wanted && this.open());
  }

  get isOpen() {
    return this.#socket?.readyState === WebSocket.OPEN;
  }

  open() {
    this.close();
    this.#wanted = true;
    this.#ended = false;
    const socket = new WebSocket(this.address());
    this.#socket = socket;
    this.#opening = setTimeout(() => this.abandon(), OPEN_MS);
    socket.onopen = () => {
      clearTimeout(this.#opening);
      this.on.open();
    };
    socket.onmessage = ({ data }) => this.#take(data);
    socket.onclose = ({ code }) => this.#closed(code);
  }

  send(message) {
    if (this.isOpen) this.#socket.send(JSON.stringify(message));
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
    if (isPatient && socket.readyState === WebSocket.CONNECTING) closeOnceOpen(socket);
    else socket.close();
  }

  #take(data) {
    let frame;
    try {
      frame = parse(data);
    } catch (error) {
      if (!this.#unknown) console.error("A frame was not understood:", error);
      this.#unknown = true;
      return;
    }
    this.#attempt = 0;
    this.on.frame(frame);
  }

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

/** Closed while it connects, it would be an error in the visitor's console. */
function closeOnceOpen(socket) {
  socket.onopen = () => socket.close();
  setTimeout(() => socket.close(), OPEN_MS);
}

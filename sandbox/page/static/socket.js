// The live connection. It comes back by itself, and says so.

const PAUSES_MS = [200, 500, 1000, 2000];

export class Socket {
  #socket = null;
  #listeners = [];
  #failures = 0;
  #query;

  /** @param {() => string} query  what is said of this page as it connects */
  constructor(query) {
    this.#query = query;
  }

  /** `hear` gets every message whose type is, or begins with, `prefix`. */
  listen(prefix, hear) {
    this.#listeners.push([prefix, hear]);
  }

  get isOpen() {
    return this.#socket?.readyState === WebSocket.OPEN;
  }

  /** False when there is no connection: nothing is kept for later, since the person sees that it is gone. */
  send(message) {
    if (!this.isOpen) return false;
    this.#socket.send(JSON.stringify(message));
    return true;
  }

  open() {
    this.#socket = new WebSocket(`ws://${location.host}/live${this.#query()}`);
    this.#socket.addEventListener("open", () => {
      this.#failures = 0;
      this.#tell({ type: "connected" });
      this.#tell({ type: "behind.connected" });
    });
    this.#socket.addEventListener("message", (event) => this.#tell(JSON.parse(event.data)));
    this.#socket.addEventListener("close", () => {
      this.#tell({ type: "disconnected" });
      const pause = PAUSES_MS[Math.min(this.#failures++, PAUSES_MS.length - 1)];
      setTimeout(() => this.open(), pause);
    });
  }

  #tell(message) {
    for (const [prefix, hear] of this.#listeners) {
      if (message.type === prefix || (prefix.endsWith(".") && message.type.startsWith(prefix))) hear(message);
    }
  }
}

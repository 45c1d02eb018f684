// The page as a whole: what arrives goes to its part, what somebody does goes out.

import { Asks } from "./asks.js";
import { Composer } from "./composer.js";
import { button, make } from "./dom.js";
import { mountDrawer } from "./drawer.js";
import { Log } from "./log.js";
import { confirm, openMenu } from "./menu.js";
import { openModal } from "./modal.js";
import { Side } from "./side.js";
import { Socket } from "./socket.js";
import { mountTheme } from "./theme.js";
import { filesOf } from "./uploads.js";
import { MESSAGE_MENU, World } from "./world.js";

const SLOW_MS = 300; // a command that is answered sooner needs no «sending»
const NOTE_MS = 7_000;

class Page {
  constructor() {
    this.world = new World();
    this.socket = new Socket(() => this.#query());
    this.asks = new Asks((message) => this.socket.send(message));
    this.names = {
      person: (id) => this.world.name(id),
      role: (id) => this.world.roleName(id),
      place: (id) => this.world.placeName(this.world.channels.get(id)),
      open: (channel, message) => this.#goTo(channel, message),
    };
    this.log = new Log(this, byId("log"));
    this.composer = new Composer(this, byId("composer"));
    this.side = new Side(this, byId("channels"), byId("people").querySelector("ul"));
    this.#listen();
    this.#mountSide();
    this.#mountDrop();
  }

  send(message) {
    return this.socket.send(message);
  }

  // What the parts of the page ask for

  be(person) {
    if (person === this.world.you) return;
    sessionStorage.setItem("person", this.world.name(person)); // a name outlives a sandbox that starts anew, an id does not
    this.composer.forget();
    this.#closeSide();
    this.send({ type: "be", person });
  }

  enter(channel) {
    this.#closeSide();
    if (channel === this.world.current) {
      this.composer.focus();
      return;
    }
    this.#open(channel);
  }

  act(message, heard) {
    const ask = this.asks.ask(message, {
      ...heard,
      modal: (modal) => {
        heard.modal?.();
        openModal(modal, this, (values, waiting) => this.asks.ask({ type: "submit", of: ask, values }, waiting));
      },
    });
  }

  slash(message, heard) {
    this.#command({ type: "slash", channel: this.world.current, ...message }, `/${message.command}`, heard);
  }

  complete(message, heard) {
    this.asks.ask({ type: "complete", channel: this.world.current, ...message }, heard);
  }

  /** Resolves when the message stands in the channel; rejects with words for the person. */
  write(message) {
    return new Promise((resolve, reject) => {
      const fail = (words) => reject(new Error(words));
      this.asks.ask(message, { said: resolve, refused: fail, failed: fail });
    });
  }

  reply(message) {
    this.composer.replyTo(message);
  }

  menu(message, anchor, point = null) {
    if (message.flags & 64) return;
    const { channel } = this.world;
    const at = { channel: message.channel_id, message: message.id };
    const entries = [];
    if (channel.may.reply && channel.may.write) entries.push({ label: "Reply", act: () => this.reply(message) });
    if (message.content) entries.push({ label: "Copy text", act: () => this.#copy(message.content) });
    for (const each of this.world.offered(MESSAGE_MENU)) {
      entries.push({ group: "Apps", label: each.name, act: () => this.#command({ type: "menu", command: each.name, ...at }, each.name, {}) });
    }
    if (message.author.id === this.world.you || channel.may.manage) {
      entries.push({ label: "Delete message", isDangerous: true, act: () => this.#delete(at) });
    }
    if (entries.length) openMenu(entries, anchor, point, "Message");
  }

  dismiss(message) {
    this.asks.ask({ type: "dismiss", channel: message.channel_id, message: message.id }, { refused: (words) => this.say(words) });
  }

  complain(id, words) {
    this.log.complain(id, words);
  }

  /** A short notice to the person. */
  say(words, act = null) {
    const note = make("div", { class: "notice", role: "alert" }, make("span", {}, words));
    if (act) note.append(button(act.label, () => {
      note.remove();
      act.act();
    }, { class: "as-link" }));
    note.append(button("✕", () => note.remove(), { class: "icon", "aria-label": "Close this notice" }));
    byId("notes").append(note);
    setTimeout(() => note.remove(), NOTE_MS);
  }

  // What arrives

  #listen() {
    const hear = {
      connected: () => {
        byId("connection").hidden = true;
      },
      disconnected: () => {
        byId("connection").hidden = false;
        byId("connection").textContent = "The connection is lost. Trying again… If the demo was started anew, open the address that it printed.";
        this.asks.lose();
      },
      ready: (message) => this.#ready(message),
      places: (message) => this.#places(message),
      presence: (message) => this.#presence(message.online),
      messages: (message) => this.#messages(message),
      earlier: (message) => this.#isHere(message) && this.log.prepend(message.messages, message.more, this.#label()),
      message: (message) => this.#isHere(message) && this.log.put(message.message),
      gone: (message) => this.#isHere(message) && this.log.remove(message.message),
      unread: (message) => this.side.mark(message.channel, false),
      notified: (message) => this.#notified(message),
      asked: (message) => this.asks.heard(message),
      said: (message) => this.asks.heard(message),
      refused: (message) => this.asks.heard(message) || this.say(message.words),
    };
    for (const [type, act] of Object.entries(hear)) this.socket.listen(type, act);
  }

  #ready(message) {
    const isOther = this.world.you !== message.you;
    this.world.meet(message);
    if (isOther) {
      this.side.forget();
      this.asks.forget();
      for (const each of document.querySelectorAll("dialog[open]")) each.close();
    }
    this.wanted = this.world.current ?? sessionStorage.getItem("channel");
    this.world.current = null;
    this.side.drawPeople();
  }

  #places(message) {
    const before = this.world.channel;
    this.world.survey(message);
    this.side.draw();
    if (this.world.channel) {
      this.composer.enter(this.world.channel, false);
      if (JSON.stringify(before?.may) !== JSON.stringify(this.world.channel.may)) this.log.refresh();
      return;
    }
    this.world.current = null;
    const first = [...this.world.channels.values()].find((each) => each.server && !each.nsfw) ?? [...this.world.channels.values()][0];
    const named = new URLSearchParams(location.search).get("in");
    const wanted = this.world.channels.get(this.wanted)
      ?? [...this.world.channels.values()].find((each) => named && (each.name === named || (named === "dm" && each.kind === "direct")));
    this.wanted = null;
    this.#open((wanted ?? first).id);
  }

  #presence(isOnline) {
    this.world.isOnline = isOnline;
    const element = byId("presence");
    element.textContent = `${this.world.name(this.world.bot)} is ${isOnline ? "online" : "offline"}`;
    element.classList.toggle("online", isOnline);
  }

  #messages(message) {
    if (!this.#isHere(message)) return;
    this.log.show(message.messages, message.more, this.#label());
    this.side.read(message.channel);
    const found = this.sought;
    this.sought = null;
    if (found) this.log.goTo(found);
  }

  #notified(message) {
    if (this.#isHere(message) && !document.hidden) return;
    this.side.mark(message.channel, true);
    const where = this.world.placeName(this.world.channels.get(message.channel));
    const who = this.world.name(message.author);
    const words = message.reason === "direct message" ? `${who} wrote to you` : `${who} mentioned you in ${where}`;
    if (!this.#isHere(message)) this.say(words, { label: "Go there", act: () => this.#goTo(message.channel, message.message) });
  }

  // Places

  #isHere(message) {
    return message.channel === this.world.current;
  }

  #label() {
    return this.world.placeName(this.world.channel);
  }

  #goTo(channel, message) {
    if (!this.world.channels.has(channel)) {
      this.say("You cannot see that channel.");
    } else if (channel === this.world.current) {
      if (message) this.log.goTo(message);
    } else {
      this.sought = message;
      this.#open(channel);
    }
  }

  #open(id) {
    const channel = this.world.channels.get(id);
    this.world.current = id;
    sessionStorage.setItem("channel", id);
    byId("place").textContent = this.#label();
    document.body.dataset.kind = channel.kind;
    this.side.read(id);
    const isClosed = channel.nsfw && sessionStorage.getItem(`of-age ${this.world.you}`) === null;
    byId("gate").hidden = !isClosed;
    byId("log").hidden = isClosed;
    byId("composer").hidden = isClosed;
    this.log.show([], false, this.#label());
    if (isClosed) {
      this.#gate(id);
      return;
    }
    const seat = `${this.world.you} ${id}`;
    this.composer.enter(channel, seat !== this.seat); // what is being written survives a lost connection
    this.seat = seat;
    this.send({ type: "open", channel: id });
    if (!matchMedia("(pointer: coarse)").matches && !document.querySelector("dialog[open]")) this.composer.focus();
  }

  #gate(id) {
    byId("gate").replaceChildren(
      make("h2", {}, "This channel is age-restricted"),
      make("p", {}, "What is posted here is for adults. Are you of age?"),
      button("Take me back", () => this.enter([...this.world.channels.values()].find((each) => !each.nsfw).id), { class: "button secondary" }), " ",
      button("I am: go on", () => {
        sessionStorage.setItem(`of-age ${this.world.you}`, "yes");
        this.#open(id);
      }, { class: "button danger" }));
  }

  // Acts

  /** A command: while it waits for long, and where it fails, that stands among the messages. */
  #command(message, words, heard) {
    const channel = this.world.current;
    let note = null;
    const show = (element) => {
      note?.remove();
      note = this.world.current === channel ? this.log.note(element) : null;
    };
    const isSlow = setTimeout(() => show(make("p", { class: "quiet" }, `Sending ${words}…`)), SLOW_MS);
    const settle = () => {
      clearTimeout(isSlow);
      note?.remove();
    };
    const fail = (about) => {
      clearTimeout(isSlow);
      if (this.world.current !== channel) return;
      show(make("div", { class: "failed", role: "alert" }, make("p", {}, make("strong", {}, words), " ", make("span", { class: "failure" }, about)),
        make("p", { class: "quiet only-you" }, "Only you can see this · ", button("Dismiss message", () => note?.remove(), { class: "as-link" }))));
    };
    this.act(message, {
      ...heard,
      answered: settle,
      modal: settle,
      failed: fail,
      refused: (about) => {
        settle();
        if (heard.refused) heard.refused(about);
        else this.say(about);
      },
    });
  }

  #delete(at) {
    confirm("Delete message", "Do you want to delete this message? It cannot be brought back.", "Delete",
      () => this.asks.ask({ type: "delete", ...at }, { refused: (words) => this.say(words) }));
  }

  async #copy(text) {
    try {
      await navigator.clipboard.writeText(text);
    } catch {
      this.say("The browser does not let this page copy.");
    }
  }

  // The frame

  #query() {
    const named = new URLSearchParams(location.search).get("as");
    const person = sessionStorage.getItem("person") ?? named;
    return person ? `?as=${encodeURIComponent(person)}` : "";
  }

  #mountSide() {
    const opener = byId("side-button");
    opener.addEventListener("click", () => {
      const isOpen = document.body.classList.toggle("side-open");
      opener.setAttribute("aria-expanded", String(isOpen));
      if (isOpen) byId("channels").querySelector("[aria-current], button")?.focus();
    });
    const goBack = () => {
      this.#closeSide();
      opener.focus();
    };
    byId("side-close").addEventListener("click", goBack);
    document.addEventListener("keydown", (event) => {
      if (event.key === "Escape" && document.body.classList.contains("side-open")) goBack();
    });
    document.addEventListener("click", (event) => { // when the tap is over: it must not reach what lay under the veil
      if (!byId("side").contains(event.target) && !opener.contains(event.target)) this.#closeSide();
    });
  }

  #closeSide() {
    document.body.classList.remove("side-open");
    byId("side-button").setAttribute("aria-expanded", "false");
  }

  #mountDrop() {
    const main = byId("main");
    const hasFiles = (event) => [...(event.dataTransfer?.types ?? [])].includes("Files");
    document.addEventListener("dragover", (event) => {
      if (!hasFiles(event)) return;
      event.preventDefault();
      main.classList.add("dropping");
    });
    document.addEventListener("dragleave", (event) => {
      if (!event.relatedTarget) main.classList.remove("dropping");
    });
    document.addEventListener("drop", (event) => {
      main.classList.remove("dropping");
      if (!hasFiles(event)) return;
      event.preventDefault();
      this.composer.take(filesOf(event.dataTransfer));
    });
  }
}

function byId(id) {
  return document.getElementById(id);
}

mountTheme(byId("theme-button"));
const page = new Page();
mountDrawer({
  root: byId("drawer"),
  button: byId("drawer-button"),
  send: (message) => page.send(message),
  listen: (hear) => page.socket.listen("behind.", hear),
});
page.socket.open();

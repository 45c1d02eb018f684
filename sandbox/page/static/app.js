// The page as a whole: what arrives goes to its part, what somebody does goes out.

import { mountDrop, mountSide } from "./around/frame.js";
import { Navigation } from "./around/navigation.js";
import { notify } from "./around/notices.js";
import { Side } from "./around/side.js";
import { mountTheme } from "./around/theme.js";
import { Asks } from "./asks.js";
import { mountDrawer } from "./drawer/drawer.js";
import { Log } from "./messages/log.js";
import { openMessageMenu } from "./messages/message-menu.js";
import { openModal } from "./messages/modal.js";
import { Socket } from "./socket.js";
import { World } from "./world.js";
import { Composer } from "./writing/composer.js";
import { Sending } from "./writing/sending.js";

class Page {
  #navigation;
  #asks;
  #closeSide;

  constructor() {
    this.world = new World();
    this.socket = new Socket(() => this.#query());
    this.#asks = new Asks((message) => this.send(message));
    this.#navigation = new Navigation(this, { title: byId("place"), log: byId("log"), composer: byId("composer"), gate: byId("gate") });
    this.names = {
      person: (id) => this.world.name(id),
      role: (id) => this.world.roleName(id),
      place: (id) => this.world.placeName(this.world.channels.get(id)),
      open: (channel, message) => this.#navigation.goTo(channel, message),
    };
    this.log = new Log(this, byId("log"));
    this.composer = new Composer(this, byId("composer"));
    this.side = new Side(this, byId("channels"), byId("people").querySelector("ul"));
    this.#listen();
    this.#closeSide = mountSide(byId("side"), byId("side-button"), byId("side-close"));
    mountDrop(byId("main"), (files) => this.composer.take(files));
  }

  // What the parts of the page ask for

  send(message) {
    return this.socket.send(message);
  }

  be(person) {
    if (person === this.world.you) return;
    sessionStorage.setItem("person", this.world.name(person)); // a name outlives a sandbox that starts anew, an id does not
    this.composer.forget();
    this.#closeSide();
    this.send({ type: "be", person });
  }

  enter(channel) {
    this.#closeSide();
    if (channel === this.world.current) this.composer.focus();
    else this.#navigation.open(channel);
  }

  /** Ask the bot for something; where it answers with a form, what is filled in there is asked as well. */
  act(message, heard) {
    const ask = this.#asks.ask(message, {
      ...heard,
      modal: (modal) => {
        heard.modal?.();
        openModal(modal, this, (values, waiting) => this.#asks.ask({ type: "submit", of: ask, values }, waiting));
      },
    });
  }

  slash(message, heard) {
    this.#command({ type: "slash", channel: this.world.current, ...message }, `/${message.command}`, heard);
  }

  /** A command of a message's menu. */
  use(command, message) {
    this.#command({ type: "menu", command, ...at(message) }, command, { refused: (words) => this.say(words) });
  }

  complete(message, heard) {
    this.#asks.ask({ type: "complete", channel: this.world.current, ...message }, heard);
  }

  /** Resolves when the message stands in the channel; rejects with words for the person. */
  write(message) {
    return new Promise((resolve, reject) => {
      const fail = (words) => reject(new Error(words));
      this.#asks.ask(message, { said: resolve, refused: fail, failed: fail });
    });
  }

  reply(message) {
    this.composer.replyTo(message);
  }

  menu(message, anchor, point = null) {
    openMessageMenu(message, this, anchor, point);
  }

  erase(message) {
    this.#asks.ask({ type: "delete", ...at(message) }, { refused: (words) => this.say(words) });
  }

  dismiss(message) {
    this.#asks.ask({ type: "dismiss", ...at(message) }, { refused: (words) => this.say(words) });
  }

  complain(id, words) {
    this.log.complain(id, words);
  }

  say(words, act = null) {
    notify(byId("notes"), words, act);
  }

  #command(message, words, heard) {
    const channel = this.world.current;
    const sending = new Sending(words, (element) => (this.world.current === channel ? this.log.note(element) : null));
    const settle = () => sending.settle();
    this.act(message, {
      ...heard,
      answered: settle,
      modal: settle,
      failed: (why) => sending.fail(why),
      refused: (why) => {
        settle();
        heard.refused(why);
      },
    });
  }

  // What arrives

  #listen() {
    const here = (act) => (message) => this.#navigation.isHere(message) && act(message);
    const hear = {
      connected: () => this.#connection(true),
      disconnected: () => this.#connection(false),
      ready: (message) => this.#ready(message),
      places: (message) => this.#places(message),
      presence: (message) => this.#presence(message.online),
      messages: here((message) => this.#navigation.show(message)),
      earlier: here((message) => this.log.prepend(message.messages, message.more, this.#navigation.label)),
      message: here((message) => this.log.put(message.message)),
      gone: here((message) => this.log.remove(message.message)),
      unread: (message) => this.side.mark(message.channel, false),
      notified: (message) => this.#notified(message),
      asked: (message) => this.#asks.heard(message),
      said: (message) => this.#asks.heard(message),
      refused: (message) => this.#asks.heard(message) || this.say(message.words),
    };
    for (const [type, act] of Object.entries(hear)) this.socket.listen(type, act);
  }

  #connection(isThere) {
    const element = byId("connection");
    element.hidden = isThere;
    if (isThere) return;
    element.textContent = "The connection is lost. Trying again… If the demo was started anew, open the address that it printed.";
    this.#asks.lose();
  }

  #ready(message) {
    const isOther = this.world.you !== message.you;
    this.world.meet(message);
    if (isOther) {
      this.side.forget();
      this.#asks.forget();
      for (const each of document.querySelectorAll("dialog[open]")) each.close();
    }
    this.#navigation.leave();
    this.side.drawPeople();
  }

  #places(message) {
    const before = this.world.channel;
    this.world.survey(message);
    this.side.draw();
    const now = this.world.channel;
    if (!now) {
      this.#navigation.arrive();
      return;
    }
    this.composer.enter(now, false);
    if (JSON.stringify(before?.may) !== JSON.stringify(now.may)) this.log.refresh();
  }

  #presence(isOnline) {
    const element = byId("presence");
    element.textContent = `${this.world.name(this.world.bot)} is ${isOnline ? "online" : "offline"}`;
    element.classList.toggle("online", isOnline);
  }

  #notified(message) {
    const isHere = this.#navigation.isHere(message);
    if (isHere && !document.hidden) return;
    this.side.mark(message.channel, true);
    if (isHere) return;
    const where = this.world.placeName(this.world.channels.get(message.channel));
    const who = this.world.name(message.author);
    const words = message.reason === "direct message" ? `${who} wrote to you` : `${who} mentioned you in ${where}`;
    this.say(words, { label: "Go there", act: () => this.#navigation.goTo(message.channel, message.message) });
  }

  /** Who sits here: whom this tab was last, else whom the address names. */
  #query() {
    const person = sessionStorage.getItem("person") ?? new URLSearchParams(location.search).get("as");
    return person ? `?as=${encodeURIComponent(person)}` : "";
  }
}

function at(message) {
  return { channel: message.channel_id, message: message.id };
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

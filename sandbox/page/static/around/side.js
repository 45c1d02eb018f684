// The list of places, and the switch between people.

import { avatar } from "../avatar.js";
import { button, make, plural } from "../dom.js";

export class Side {
  #page;
  #nav;
  #people;
  #unread = new Map(); // channel id → {count of pings}

  constructor(page, nav, people) {
    this.#page = page;
    this.#nav = nav;
    this.#people = people;
  }

  forget() {
    this.#unread.clear();
  }

  mark(channel, isPing) {
    const pings = (this.#unread.get(channel) ?? 0) + (isPing ? 1 : 0);
    this.#unread.set(channel, pings);
    this.draw();
  }

  read(channel) {
    this.#unread.delete(channel);
    this.draw();
  }

  get pings() {
    return [...this.#unread.values()].reduce((sum, each) => sum + each, 0);
  }

  draw() {
    const { world } = this.#page;
    const focused = this.#nav.contains(document.activeElement) ? document.activeElement.dataset.channel : null;
    const all = [...world.channels.values()];
    const groups = [...world.servers.values()].map((server) => [server.name, all.filter((each) => each.server === server.id)]);
    groups.push(["Direct messages", all.filter((each) => each.server === null)]);
    this.#nav.replaceChildren(...groups.flatMap(([name, channels]) => [
      make("h2", {}, name),
      make("ul", { "aria-label": name }, channels.map((each) => make("li", {}, this.#channel(each)))),
    ]));
    if (focused) this.#nav.querySelector(`[data-channel="${focused}"]`)?.focus();
    document.title = `${this.pings ? `(${this.pings}) ` : ""}${world.channel ? world.placeName(world.channel) : "Easel"}`;
  }

  drawPeople() {
    const { world } = this.#page;
    const focused = this.#people.contains(document.activeElement);
    const shown = [...world.people.values()].filter((each) => !each.bot);
    this.#people.replaceChildren(...shown.map((each) => make("li", {}, button([
      avatar(world, each.id), make("span", {}, each.name), make("span", { class: "quiet" }, each.about),
    ], () => this.#page.be(each.id), { "aria-pressed": String(each.id === world.you) }))));
    if (focused) this.#people.querySelector('[aria-pressed="true"]')?.focus();
  }

  #channel(channel) {
    const { world } = this.#page;
    const unread = this.#unread.has(channel.id);
    const pings = this.#unread.get(channel.id) ?? 0;
    const facts = {
      class: [channel.kind === "public_thread" && "thread", unread && "unread"].filter(Boolean).join(" ") || null,
      data: { channel: channel.id },
      "aria-current": channel.id === world.current ? "page" : null,
    };
    return button([
      make("span", { class: "sign", "aria-hidden": "true" }, signOf(channel)),
      make("span", {}, channel.name),
      channel.nsfw && make("span", { class: "quiet" }, "age-restricted"),
      unread && !pings && make("span", { class: "visually-hidden" }, ", unread"),
      pings > 0 && make("span", { class: "badge" }, String(pings), make("span", { class: "visually-hidden" }, ` ${plural(pings, "ping").split(" ")[1]}`)),
    ], () => this.#page.enter(channel.id), facts);
  }
}

function signOf(channel) {
  if (channel.kind === "direct") return "@";
  if (channel.kind === "public_thread") return "↳";
  return channel.nsfw ? "⚠" : "#";
}

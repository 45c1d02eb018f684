// The messages of the open channel: kept in order, drawn once, changed one at a time.

import { COMMAND } from "../discord.js";
import { button, make } from "../dom.js";
import { keepReachable, listenToKeys } from "./log-keys.js";
import { arrange, placeOf } from "./log-order.js";
import { draw } from "./message.js";

const NEAR_TOP_PX = 600;
const AT_BOTTOM_PX = 48;

export class Log {
  #page;
  #scroller;
  #list;
  #more;
  #jump;
  #live; // the region that a screen reader listens to
  #messages = new Map(); // id → {message, element}
  #complaints = new Map(); // message id → words
  #hasMore = false;
  #isAsking = false;
  #sticks = true;
  #lastTop = 0;
  #wanted = null; // a message that is being looked for further up

  constructor(page, root) {
    this.#page = page;
    this.#list = make("ol", { class: "messages" });
    this.#more = make("p", { class: "quiet beginning" });
    this.#live = make("div", { role: "log", "aria-live": "polite", "aria-relevant": "additions text" }, this.#list);
    this.#scroller = make("div", { class: "scroller", tabindex: "0", role: "region", "aria-label": "Messages" }, this.#more, this.#live);
    this.#jump = button("Jump to the newest message ↓", () => this.#stick(), { class: "jump", hidden: true });
    root.append(this.#scroller, this.#jump);
    this.#scroller.addEventListener("scroll", () => this.#scrolled(), { passive: true });
    this.#list.addEventListener("contextmenu", (event) => this.#menu(event));
    listenToKeys(this.#list);
    const grown = new ResizeObserver(() => this.#sticks && this.#toBottom());
    grown.observe(this.#list);
    grown.observe(this.#scroller);
  }

  /** A channel was opened: its newest messages, oldest first. */
  show(messages, hasMore, label) {
    this.#live.setAttribute("aria-busy", "true");
    this.#scroller.setAttribute("aria-label", `Messages in ${label}`);
    this.#messages.clear();
    this.#complaints.clear();
    this.#list.replaceChildren(...messages.map((each) => this.#element(each)));
    this.#arrange(this.#list.firstElementChild, null);
    this.#top(hasMore, label);
    keepReachable(this.#list);
    this.#sticks = true;
    this.#toBottom();
    requestAnimationFrame(() => {
      this.#live.removeAttribute("aria-busy");
      this.#toBottom();
    });
  }

  /** Older ones, from further up. */
  prepend(messages, hasMore, label) {
    this.#isAsking = false;
    this.#live.setAttribute("aria-busy", "true");
    const before = this.#scroller.scrollHeight - this.#scroller.scrollTop;
    const first = this.#list.firstElementChild;
    this.#list.prepend(...messages.map((each) => this.#element(each)));
    this.#arrange(this.#list.firstElementChild, first);
    this.#top(hasMore, label);
    this.#scroller.scrollTop = this.#scroller.scrollHeight - before;
    requestAnimationFrame(() => this.#live.removeAttribute("aria-busy"));
    if (this.#wanted) this.goTo(this.#wanted);
  }

  /** A new message, or a new version of one. */
  put(message) {
    const known = this.#messages.get(message.id);
    if (known) {
      known.message = message;
      this.#redraw(known);
    } else {
      const element = this.#element(message);
      this.#list.insertBefore(element, placeOf(message.id, this.#list));
      this.#arrange(element, element.nextElementSibling?.nextElementSibling ?? null);
      keepReachable(this.#list);
      if (!this.#sticks) this.#jump.hidden = false;
    }
    this.#refreshReplies(message);
    if (this.#sticks) this.#toBottom();
  }

  remove(id) {
    const known = this.#messages.get(id);
    if (!known) return;
    const next = known.element.nextElementSibling;
    const hadFocus = known.element.contains(document.activeElement);
    this.#messages.delete(id);
    known.element.remove();
    if (next) this.#arrange(next, next.nextElementSibling);
    keepReachable(this.#list);
    if (hadFocus) (next ?? this.#scroller).focus({ preventScroll: true });
    for (const each of this.#messages.values()) {
      if (each.message.referenced_message?.id !== id) continue;
      each.message.referenced_message = null;
      this.#redraw(each);
    }
  }

  /** Draw everything anew: names or rights have changed. */
  refresh() {
    for (const each of this.#messages.values()) this.#redraw(each);
  }

  /** What went wrong with a control of a message; null takes it back. */
  complain(id, words) {
    if (words === null) this.#complaints.delete(id);
    else this.#complaints.set(id, words);
    const line = this.#messages.get(id)?.element.querySelector(".failure");
    if (line) line.textContent = words ?? "";
  }

  /** Scroll to a message, and fetch it first where it stands further up. */
  goTo(id) {
    const known = this.#messages.get(id);
    if (known) {
      this.#wanted = null;
      this.#sticks = false;
      known.element.scrollIntoView({ block: "center" });
      known.element.focus({ preventScroll: true });
      known.element.classList.remove("found");
      requestAnimationFrame(() => known.element.classList.add("found"));
    } else if (this.#hasMore && this.#wanted !== id) {
      this.#wanted = id;
      this.#page.send({ type: "earlier", upto: id });
    } else {
      this.#wanted = null;
      this.#page.say("That message is not here any more.");
    }
  }

  /** Something of this page alone, as it stands between messages: a command that is being sent, or has failed. */
  note(element) {
    const item = make("li", { class: "note", data: { note: "" } }, element);
    this.#list.append(item);
    if (this.#sticks) this.#toBottom();
    return item;
  }

  #element(message) {
    const element = make("li", { id: `message-${message.id}`, tabindex: "-1", data: { id: message.id } });
    this.#messages.set(message.id, { message, element });
    draw(element, message, this.#page);
    return element;
  }

  #redraw(known) {
    const { element, message } = known;
    const follows = element.classList.contains("follows");
    const focused = element.contains(document.activeElement) ? document.activeElement : null;
    const control = focused?.dataset.control;
    draw(element, message, this.#page);
    element.classList.toggle("follows", follows);
    const words = this.#complaints.get(message.id);
    if (words) element.querySelector(".failure").textContent = words;
    if (focused && !element.contains(document.activeElement)) {
      const again = control && element.querySelector(`[data-control="${CSS.escape(control)}"]`);
      (again || element).focus({ preventScroll: true });
    }
  }

  /** The preview of a reply follows the message that it answers. */
  #refreshReplies(message) {
    for (const each of this.#messages.values()) {
      if (each.message.referenced_message?.id !== message.id) continue;
      each.message.referenced_message = message;
      this.#redraw(each);
    }
  }

  /** Anew from `first` to `last`, or to the end. */
  #arrange(first, last) {
    arrange(first, last, (id) => this.#messages.get(id).message);
  }

  #top(hasMore, label) {
    this.#hasMore = hasMore;
    this.#more.textContent = hasMore ? "Earlier messages are fetched as you go up." : `This is the beginning of ${label}.`;
    const { world } = this.#page;
    if (!hasMore && world.offered(COMMAND.SLASH).length) {
      this.#more.append(make("br"), "Type / to see what ", make("strong", {}, world.name(world.bot)), " can do here.");
    }
  }

  #scrolled() {
    const { scrollTop, scrollHeight, clientHeight } = this.#scroller;
    const isDown = scrollHeight - scrollTop - clientHeight < AT_BOTTOM_PX;
    if (isDown) this.#sticks = true;
    else if (scrollTop < this.#lastTop) this.#sticks = false; // a person goes up; what grows below moves nobody up
    this.#lastTop = scrollTop;
    if (this.#sticks) this.#jump.hidden = true;
    if (scrollTop < NEAR_TOP_PX && this.#hasMore && !this.#isAsking) {
      this.#isAsking = this.#page.send({ type: "earlier" });
    }
  }

  #stick() {
    this.#sticks = true;
    this.#jump.hidden = true;
    this.#toBottom();
    this.#list.lastElementChild?.focus({ preventScroll: true });
  }

  #toBottom() {
    this.#scroller.scrollTop = this.#scroller.scrollHeight;
  }

  #menu(event) {
    const element = event.target.closest(".message");
    const known = element && this.#messages.get(element.dataset.id);
    if (!known || event.shiftKey || event.target.closest("a[href]")) return;
    event.preventDefault();
    const isByKey = event.button !== 2;
    this.#page.menu(known.message, isByKey ? element : null, { x: event.clientX, y: event.clientY });
  }
}

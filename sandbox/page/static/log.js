// The messages of the open channel: kept in order, drawn once, changed one at a time.

import { button, make } from "./dom.js";
import { draw } from "./message.js";
import { day } from "./times.js";
import { SLASH } from "./world.js";

const TOGETHER_MS = 7 * 60 * 1000;
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
    this.#list.addEventListener("keydown", (event) => this.#walk(event));
    this.#list.addEventListener("focusin", (event) => this.#focus(event.target.closest(".message")));
    this.#list.addEventListener("contextmenu", (event) => this.#menu(event));
    new ResizeObserver(() => this.#sticks && this.#toBottom()).observe(this.#list);
    new ResizeObserver(() => this.#sticks && this.#toBottom()).observe(this.#scroller);
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
    this.#keepReachable();
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
      this.#list.insertBefore(element, this.#after(message.id));
      this.#arrange(element, element.nextElementSibling?.nextElementSibling ?? null);
      this.#keepReachable();
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
    this.#keepReachable();
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

  message(id) {
    return this.#messages.get(id)?.message ?? null;
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

  /** The element before which a message belongs: ids grow with time. */
  #after(id) {
    for (let each = this.#list.lastElementChild; each; each = each.previousElementSibling) {
      if (each.dataset.id && BigInt(each.dataset.id) < BigInt(id)) {
        let next = each.nextElementSibling;
        while (next?.dataset.note !== undefined) next = next.nextElementSibling;
        return next;
      }
    }
    return this.#list.firstElementChild;
  }

  /** From `first` up to `end`: which messages go on under the name above them, and where a day begins. */
  #arrange(first, end) {
    for (let each = first; each && each !== end; each = each.nextElementSibling) {
      if (!each.dataset.id) continue;
      let before = each.previousElementSibling;
      while (before && !before.dataset.id) before = before.previousElementSibling;
      const message = this.#messages.get(each.dataset.id).message;
      const last = before ? this.#messages.get(before.dataset.id).message : null;
      each.classList.toggle("follows", last !== null && goesOn(last, message));
      const begins = last === null || day(last.timestamp) !== day(message.timestamp);
      if (begins) each.dataset.day = day(message.timestamp);
      else delete each.dataset.day;
    }
    const next = end;
    if (next?.dataset.id) {
      const message = this.#messages.get(next.dataset.id).message;
      let before = next.previousElementSibling;
      while (before && !before.dataset.id) before = before.previousElementSibling;
      const last = before ? this.#messages.get(before.dataset.id).message : null;
      next.classList.toggle("follows", last !== null && goesOn(last, message));
      if (last && day(last.timestamp) === day(message.timestamp)) delete next.dataset.day;
    }
  }

  #top(hasMore, label) {
    this.#hasMore = hasMore;
    this.#more.textContent = hasMore ? "Earlier messages are fetched as you go up." : `This is the beginning of ${label}.`;
    const { world } = this.#page;
    if (!hasMore && world.offered(SLASH).length) {
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

  /** Up and down go from message to message; the tools of the one that has the focus can be reached by Tab. */
  #walk(event) {
    const here = event.target.closest(".message");
    if (!here || event.target !== here) return;
    const step = { ArrowUp: "previousElementSibling", ArrowDown: "nextElementSibling" }[event.key];
    if (!step) return;
    let to = here[step];
    while (to && !to.dataset.id) to = to[step];
    if (to) {
      event.preventDefault();
      to.focus();
    }
  }

  #focus(element) {
    for (const each of this.#list.querySelectorAll('.tools button[tabindex="0"]')) each.tabIndex = -1;
    for (const each of element?.querySelectorAll(".tools button") ?? []) each.tabIndex = 0;
    for (const each of this.#list.querySelectorAll('.message[tabindex="0"]')) each.tabIndex = -1;
    if (element) element.tabIndex = 0;
  }

  /** By Tab one gets to one message, the newest unless another has the focus, and from there by the arrows to all. */
  #keepReachable() {
    if (this.#list.contains(document.activeElement)) return;
    for (const each of this.#list.querySelectorAll('.message[tabindex="0"]')) each.tabIndex = -1;
    let last = this.#list.lastElementChild;
    while (last && !last.dataset.id) last = last.previousElementSibling;
    if (last) last.tabIndex = 0;
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

function goesOn(last, message) {
  return (
    last.author.id === message.author.id &&
    message.type === 0 && !message.referenced_message &&
    Boolean(last.flags & 64) === Boolean(message.flags & 64) &&
    Date.parse(message.timestamp) - Date.parse(last.timestamp) < TOGETHER_MS &&
    day(last.timestamp) === day(message.timestamp)
  );
}

// Where people write: messages with files and replies, or a command, once it is chosen from the list.

import { button, grow, make } from "../dom.js";
import { Choices } from "./choices.js";
import { CommandForm } from "./command-form.js";
import { matching, spelledOut, typable } from "./commands.js";
import { withIds } from "./mentions.js";
import { ReplyBar } from "./reply-bar.js";
import { FILES_MAX, chooseFiles, filesOf, preview, tooLarge, upload } from "./uploads.js";

const LONGEST = 2000;
const COUNTS_FROM = 1800;
const HIGHEST_PX = 200;

export class Composer {
  #page;
  #root;
  #text;
  #choices;
  #reply;
  #attached;
  #count;
  #line;
  #command = null;
  #files = [];
  #drafts = new Map(); // channel id → text
  #isSending = false;

  constructor(page, root) {
    this.#page = page;
    this.#root = root;
    this.#text = make("textarea", { id: "composer-text", rows: "1", "aria-label": "Message" });
    this.#choices = new Choices(this.#text, "Commands", (command) => this.#choose(command, {}));
    this.#reply = new ReplyBar(page);
    this.#attached = make("ul", { class: "attachments", "aria-label": "Files to send", hidden: true });
    this.#count = make("span", { class: "quiet count", "aria-live": "polite" });
    this.#line = make("form", { class: "write", "aria-label": "Write a message" },
      button("+", () => chooseFiles(true, (files) => this.take(files)), { class: "icon attach", "aria-label": "Attach files", title: "Attach files" }),
      this.#text, this.#count, make("button", { type: "submit", class: "icon send", "aria-label": "Send message", title: "Send" }, "➤"));
    root.append(this.#choices.element, this.#reply.element, this.#attached, this.#line);
    this.#line.addEventListener("submit", (event) => {
      event.preventDefault();
      this.#send();
    });
    this.#text.addEventListener("input", () => this.#typed());
    this.#text.addEventListener("blur", () => this.#choices.close());
    this.#text.addEventListener("focus", () => this.#typed());
    this.#text.addEventListener("keydown", (event) => this.#key(event));
    document.addEventListener("paste", (event) => {
      const files = filesOf(event.clipboardData);
      if (files.length && this.take(files)) event.preventDefault();
    });
  }

  /** A channel was opened, or what may be done in it has changed. */
  enter(channel, isNew) {
    if (isNew) {
      this.#leaveCommand();
      this.#begin(this.#drafts.get(channel.id) ?? "");
    }
    const { write, attach } = channel.may;
    const place = this.#page.world.placeName(channel);
    this.#text.placeholder = write ? `Message ${place}` : "You do not have permission to send messages here; commands begin with /";
    this.#text.setAttribute("aria-label", `Message ${place}`);
    this.#line.querySelector(".attach").disabled = !(write && attach);
    grow(this.#text, HIGHEST_PX);
  }

  focus() {
    if (this.#command) this.#command.focus();
    else this.#text.focus();
  }

  replyTo(message) {
    this.#leaveCommand();
    this.#reply.answer(message);
    this.#text.focus();
  }

  /** Another person sits down. */
  forget() {
    this.#drafts.clear();
  }

  /** Files that were chosen, pasted or dropped; false when nobody can use them. */
  take(files) {
    if (document.querySelector("dialog[open]")) return false;
    if (this.#command) {
      if (!this.#command.take(files)) this.#page.say("This command takes no file.");
      return true;
    }
    const channel = this.#page.world.channel;
    if (!channel?.may.write || !channel.may.attach) {
      this.#page.say("You do not have permission to attach files here.");
      return true;
    }
    const words = tooLarge(files, channel);
    if (words) this.#page.say(words);
    const fitting = files.filter((each) => each.size <= channel.limit_bytes);
    if (this.#files.length + fitting.length > FILES_MAX) this.#page.say(`At most ${FILES_MAX} files a message.`);
    this.#files = [...this.#files, ...fitting].slice(0, FILES_MAX);
    this.#showFiles();
    this.#text.focus();
    return true;
  }

  #typed() {
    const { world } = this.#page;
    if (world.current) this.#drafts.set(world.current, this.#text.value);
    grow(this.#text, HIGHEST_PX);
    const text = this.#text.value;
    this.#count.textContent = text.length > COUNTS_FROM ? String(LONGEST - text.length) : "";
    this.#count.classList.toggle("wrong", text.length > LONGEST);
    if (!text.startsWith("/") || text.includes("\n") || this.#files.length || this.#reply.message) {
      this.#choices.close();
      return;
    }
    const commands = typable(world);
    const written = spelledOut(commands, text);
    if (written) {
      this.#choose(written.command, written.values);
      return;
    }
    this.#choices.show(matching(commands, text).map((each) => ({ title: `/${each.words}`, about: each.description, value: each })));
  }

  #key(event) {
    if (this.#choices.key(event)) return;
    if (event.key === "Enter" && !event.shiftKey && !event.isComposing) {
      event.preventDefault();
      this.#line.requestSubmit();
    } else if (event.key === "Escape" && this.#reply.message) {
      this.#reply.clear();
    }
  }

  #choose(command, values) {
    this.#text.value = "";
    this.#typed();
    this.#command = new CommandForm(this.#page, command, values, () => {
      this.#leaveCommand();
      this.#text.focus();
    });
    this.#line.hidden = true;
    this.#root.append(this.#command.element);
    this.#command.focus();
  }

  #leaveCommand() {
    this.#command?.element.remove();
    this.#command = null;
    this.#line.hidden = false;
  }

  #begin(text) {
    this.#reply.clear();
    this.#files = [];
    this.#showFiles();
    this.#text.value = text;
  }

  #showFiles() {
    this.#attached.hidden = this.#files.length === 0;
    this.#attached.replaceChildren(...this.#files.map((file) => make("li", {}, preview(file, () => {
      this.#files = this.#files.filter((each) => each !== file);
      this.#showFiles();
      this.#text.focus();
    }))));
  }

  async #send() {
    const { world } = this.#page;
    const text = this.#text.value.trim();
    if (this.#isSending || (!text && !this.#files.length)) return;
    const channel = world.current;
    this.#isSending = true;
    try {
      if (!(await this.#pass(text))) return;
    } catch (error) {
      this.#page.say(error.message);
      return;
    } finally {
      this.#isSending = false;
    }
    this.#drafts.delete(channel);
    if (world.current !== channel) return;
    this.#begin("");
    this.#typed();
  }

  /** Whether it went out: nobody sends for somebody else. Throws an Error with words for the person. */
  async #pass(text) {
    const { world } = this.#page;
    if (!world.channel.may.write) throw new Error("You do not have permission to send messages here.");
    if (text.length > LONGEST) throw new Error(`Your message is too long: ${text.length} of ${LONGEST} characters.`);
    const { current: channel, you: person } = world;
    const uploads = [];
    for (const file of this.#files) uploads.push(await upload(file, world));
    if (world.you !== person) return false;
    const { message, isPing } = this.#reply;
    const said = { channel, text: withIds(text, world), uploads };
    await this.#page.write(message ? { type: "reply", ...said, message: message.id, ping: isPing } : { type: "say", ...said });
    return true;
  }
}

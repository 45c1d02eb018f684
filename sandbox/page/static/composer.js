// Where people write: messages with files and replies, or a command, once it is chosen from the list.

import { Choices, matching, spelledOut, typable } from "./commands.js";
import { button, make } from "./dom.js";
import { formattedLine } from "./markdown.js";
import { CommandForm } from "./options.js";
import { FILES_MAX, chooseFiles, filesOf, preview, tooLarge, upload } from "./uploads.js";

const LONGEST = 2000;
const COUNTS_FROM = 1800;

export class Composer {
  #page;
  #root;
  #text;
  #choices;
  #replying;
  #attached;
  #count;
  #line;
  #command = null;
  #reply = null; // {message, ping}
  #files = [];
  #drafts = new Map(); // channel id → text
  #isSending = false;

  constructor(page, root) {
    this.#page = page;
    this.#root = root;
    this.#text = make("textarea", { id: "composer-text", rows: "1", "aria-label": "Message" });
    this.#choices = new Choices(this.#text, "Commands", (command) => this.#choose(command, {}));
    this.#replying = make("div", { class: "replying", hidden: true });
    this.#attached = make("ul", { class: "attachments", "aria-label": "Files to send", hidden: true });
    this.#count = make("span", { class: "quiet count", "aria-live": "polite" });
    this.#line = make("form", { class: "write", "aria-label": "Write a message" },
      button("+", () => chooseFiles(true, (files) => this.take(files)), { class: "icon attach", "aria-label": "Attach files", title: "Attach files" }),
      this.#text, this.#count, make("button", { type: "submit", class: "icon send", "aria-label": "Send message", title: "Send" }, "➤"));
    root.append(this.#choices.element, this.#replying, this.#attached, this.#line);
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
      this.#setReply(null);
      this.#files = [];
      this.#showFiles();
      this.#text.value = this.#drafts.get(channel.id) ?? "";
    }
    const { write, attach } = channel.may;
    const place = this.#page.world.placeName(channel);
    this.#text.placeholder = write ? `Message ${place}` : "You do not have permission to send messages here; commands begin with /";
    this.#text.setAttribute("aria-label", `Message ${place}`);
    this.#line.querySelector(".attach").disabled = !(write && attach);
    this.#grow();
  }

  focus() {
    if (this.#command) this.#command.focus();
    else this.#text.focus();
  }

  replyTo(message) {
    this.#leaveCommand();
    this.#setReply({ message, ping: true });
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
    this.#grow();
    const text = this.#text.value;
    this.#count.textContent = text.length > COUNTS_FROM ? String(LONGEST - text.length) : "";
    this.#count.classList.toggle("wrong", text.length > LONGEST);
    if (!text.startsWith("/") || text.includes("\n") || this.#files.length || this.#reply) {
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
    } else if (event.key === "Escape" && this.#reply) {
      this.#setReply(null);
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

  #setReply(reply) {
    this.#reply = reply;
    this.#replying.hidden = !reply;
    if (!reply) {
      this.#replying.replaceChildren();
      return;
    }
    const name = this.#page.world.name(reply.message.author.id);
    const ping = button("@ On", () => {
      reply.ping = !reply.ping;
      ping.textContent = reply.ping ? "@ On" : "@ Off";
      ping.setAttribute("aria-pressed", String(reply.ping));
    }, { class: "ping", "aria-pressed": "true", "aria-label": `Ping ${name}` });
    this.#replying.replaceChildren(
      make("span", {}, "Replying to ", make("strong", {}, name), " ",
        make("span", { class: "quiet preview" }, formattedLine(reply.message.content.slice(0, 80), this.#page.names))),
      ping, button("✕", () => this.#setReply(null), { class: "icon", "aria-label": "Do not reply" }));
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
    if (!world.channel.may.write) {
      this.#page.say("You do not have permission to send messages here.");
      return;
    }
    if (text.length > LONGEST) {
      this.#page.say(`Your message is too long: ${text.length} of ${LONGEST} characters.`);
      return;
    }
    this.#isSending = true;
    const channel = world.current;
    const person = world.you;
    try {
      const uploads = [];
      for (const file of this.#files) uploads.push(await upload(file, world));
      if (world.you !== person) return; // nobody sends for somebody else
      const message = { channel, text: withIds(text, world), uploads };
      const reply = this.#reply;
      await this.#page.write(reply ? { type: "reply", ...message, message: reply.message.id, ping: reply.ping } : { type: "say", ...message });
    } catch (error) {
      this.#page.say(error.message);
      return;
    } finally {
      this.#isSending = false;
    }
    this.#drafts.delete(channel);
    if (world.current !== channel) return;
    this.#text.value = "";
    this.#files = [];
    this.#showFiles();
    this.#setReply(null);
    this.#typed();
  }

  #grow() {
    this.#text.style.height = "auto";
    this.#text.style.height = `${Math.min(this.#text.scrollHeight, 200)}px`;
  }
}

/** «@Ben» and «#general» become what Discord sends for them; longer names first, so that none hides in another. */
function withIds(text, world) {
  const known = [
    ...world.members.map((each) => [`@${each.name}`, `<@${each.id}>`]),
    ...(world.server?.roles ?? []).map((each) => [`@${each.name}`, `<@&${each.id}>`]),
    ...[...world.channels.values()].filter((each) => each.server && each.server === world.channel.server).map((each) => [`#${each.name}`, `<#${each.id}>`]),
  ].sort((one, other) => other[0].length - one[0].length);
  let sent = text;
  for (const [words, id] of known) {
    sent = sent.replace(new RegExp(`(?<![\\w<])${words.replace(/[^\w@#]/g, "\\$&")}(?![\\w-])`, "g"), id);
  }
  return sent;
}

// One message as an element.

import { avatar } from "../avatar.js";
import { FLAG, MESSAGE } from "../discord.js";
import { add, button, make } from "../dom.js";
import { components } from "./components.js";
import { embeds } from "./embeds.js";
import { formatted, formattedLine } from "./markdown.js";
import { file, gallery, isPicture, ofAttachment, takeUp } from "./pictures.js";
import { when } from "./times.js";

const PREVIEW_CHARS = 120;

/** Puts a message into its <li>, anew after an edit; pictures that stay are not loaded again. */
export function draw(element, message, page) {
  const isPrivate = Boolean(message.flags & FLAG.EPHEMERAL);
  element.className = "message";
  element.classList.toggle("private", isPrivate);
  element.classList.toggle("calls-me", page.world.callsMe(message));
  element.dataset.author = message.author.id;
  takeUp(element);
  element.replaceChildren();
  add(element, context(message, page), avatar(page.world, message.author.id),
    make("div", { class: "body" }, by(message, page.world), content(message, element, page),
      make("p", { class: "failure", role: "alert" }),
      isPrivate && make("p", { class: "quiet only-you" }, "Only you can see this · ",
        button("Dismiss message", () => page.dismiss(message), { class: "as-link" }))),
    isPrivate ? null : tools(message, page));
}

function by(message, world) {
  return make("div", { class: "by" }, make("span", { class: "name" }, world.name(message.author.id)),
    message.author.bot && make("span", { class: "app" }, "APP"), when(message.timestamp));
}

/** All that a message says and shows, in Discord's order. */
function content(message, owner, page) {
  const at = { message, owner, page };
  const attachments = message.flags & FLAG.LAYOUT ? [] : message.attachments;
  const pictures = attachments.filter(isPicture).map(ofAttachment);
  return [
    message.flags & FLAG.LOADING
      ? make("p", { class: "thinking" }, `${page.world.name(message.author.id)} is thinking`, make("span", { class: "dots", "aria-hidden": "true" }, "…"))
      : message.content && make("div", { class: "text" }, formatted(message.content, page.names)),
    message.edited_timestamp && make("span", { class: "quiet edited", title: new Date(message.edited_timestamp).toString() }, "(edited)"),
    pictures.length > 0 && gallery(pictures, page.world.cdn, owner),
    attachments.filter((each) => !isPicture(each)).map((each) => file(each)),
    embeds(message.embeds, at),
    components(message.components, at),
  ];
}

/** What stands above a message: what it answers, or the command that made it. */
function context(message, page) {
  if (message.type === MESSAGE.REPLY) return replied(message, page);
  const user = message.interaction_metadata?.user;
  if (!user || !message.used) return null;
  return make("div", { class: "context" }, avatar(page.world, user.id), make("strong", {}, page.world.name(user.id)), " used ",
    make("span", { class: "command-name" }, message.type === MESSAGE.OF_A_MENU ? message.used : `/${message.used}`));
}

function replied(message, page) {
  const target = message.referenced_message;
  if (!target) return make("div", { class: "context" }, make("em", {}, "Original message was deleted"));
  const words = target.content
    ? formattedLine(target.content.slice(0, PREVIEW_CHARS), page.names)
    : make("em", {}, target.attachments.length || target.components.length ? "See the attachment" : "See the message");
  const isCalled = message.mentions.some((each) => each.id === target.author.id);
  return make("div", { class: "context", data: { replied: target.id } }, avatar(page.world, target.author.id),
    make("strong", {}, `${isCalled ? "@" : ""}${page.world.name(target.author.id)}`),
    button(make("span", { class: "preview" }, words), () => page.names.open(target.channel_id, target.id),
      { class: "as-link", "aria-label": `Go to the message that this answers, by ${page.world.name(target.author.id)}` }));
}

function tools(message, page) {
  const tool = (words, label, hear) => button(words, hear, { "aria-label": label, title: label, tabindex: "-1" });
  return make("div", { class: "tools", role: "group", "aria-label": "Message actions" },
    page.world.channel?.may.reply && page.world.channel?.may.write && tool("↩", "Reply", () => page.reply(message)),
    tool("⋯", "More", (event) => page.menu(message, event.currentTarget)));
}

// One message as an element.

import { components, embeds } from "./components.js";
import { add, button, make } from "./dom.js";
import { formatted, formattedLine } from "./markdown.js";
import { file, gallery, isPicture, ofAttachment, takeUp } from "./pictures.js";
import { when } from "./times.js";

export const EPHEMERAL = 1 << 6;
const LOADING = 1 << 7;
const LAYOUT = 1 << 15; // its components say what of its files is shown, and where
const REPLY = 19;
const PREVIEW_CHARS = 120;

/** Puts a message into its <li>, anew after an edit; pictures that stay are not loaded again. */
export function draw(element, message, page) {
  const { world, names } = page;
  const at = { message, owner: element, page };
  const isPrivate = Boolean(message.flags & EPHEMERAL);
  const isLoading = Boolean(message.flags & LOADING);
  element.className = "message";
  element.classList.toggle("private", isPrivate);
  element.classList.toggle("calls-me", world.callsMe(message));
  element.dataset.author = message.author.id;
  takeUp(element);
  const attachments = message.flags & LAYOUT ? [] : message.attachments;
  const pictures = attachments.filter(isPicture).map(ofAttachment);
  const name = world.name(message.author.id);
  element.replaceChildren();
  add(element, context(message, page),
    avatar(world, message.author.id),
    make("div", { class: "body" },
      make("div", { class: "by" },
        make("span", { class: "name" }, name), message.author.bot && make("span", { class: "app" }, "APP"), when(message.timestamp)),
      isLoading
        ? make("p", { class: "thinking" }, `${name} is thinking`, make("span", { class: "dots", "aria-hidden": "true" }, "…"))
        : message.content && make("div", { class: "text" }, formatted(message.content, names)),
      message.edited_timestamp && make("span", { class: "quiet edited", title: new Date(message.edited_timestamp).toString() }, "(edited)"),
      pictures.length > 0 && gallery(pictures, world.cdn, element),
      attachments.filter((each) => !isPicture(each)).map((each) => file(each)),
      embeds(message.embeds, at),
      components(message.components, at),
      make("p", { class: "failure", role: "alert" }),
      isPrivate && make("p", { class: "quiet only-you" }, "Only you can see this · ",
        button("Dismiss message", () => page.dismiss(message), { class: "as-link" }))),
    isPrivate ? null : tools(message, page));
}

/** What stands above a message: what it answers, or the command that made it. */
function context(message, page) {
  if (message.type === REPLY) return replied(message, page);
  const user = message.interaction_metadata?.user;
  if (!user || !message.used) return null;
  return make("div", { class: "context" }, avatar(page.world, user.id), make("strong", {}, page.world.name(user.id)), " used ",
    make("span", { class: "command-name" }, message.type === 23 ? message.used : `/${message.used}`));
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

export function avatar(world, person) {
  const facts = { class: `avatar tint-${Number(BigInt(person) % 7n)}`, "aria-hidden": "true" };
  if (person === world.bot) return make("span", { ...facts, class: "avatar bot" }, make("img", { src: "/static/easel.svg", alt: "" }));
  return make("span", facts, world.name(person).slice(0, 1));
}

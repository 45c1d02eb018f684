// Embeds of a message.

import { accent, make } from "../dom.js";
import { formatted } from "./markdown.js";
import { gallery, ofMedia } from "./pictures.js";

/** `list` as Discord has it; `at` is that of `components`. */
export function embeds(list, at) {
  return list.map((each) => embed(each, at));
}

function embed(item, at) {
  const element = make("div", { class: "embed" },
    words(item, at.page.names),
    item.thumbnail && make("div", { class: "thumbnail" }, picture(item.thumbnail, at)),
    item.image && make("div", { class: "embed-image" }, picture(item.image, at)),
    item.footer?.text && make("div", { class: "quiet" }, item.footer.text));
  accent(element, item.color);
  return element;
}

function words(item, names) {
  const title = item.title && formatted(item.title, names);
  return make("div", { class: "embed-words" },
    item.author?.name && make("div", { class: "embed-author" }, item.author.name),
    title && make("div", { class: "embed-title" },
      item.url ? make("a", { href: item.url, target: "_blank", rel: "noopener noreferrer" }, title) : title),
    item.description && make("div", { class: "text" }, formatted(item.description, names)),
    item.fields?.length && make("dl", {}, item.fields.map((each) => make("div", { class: each.inline ? "inline" : null },
      make("dt", {}, formatted(each.name, names)), make("dd", {}, formatted(each.value, names))))));
}

function picture(media, at) {
  return gallery([ofMedia(media)], at.page.world.cdn, at.owner);
}

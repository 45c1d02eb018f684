// Pictures: galleries of one to ten, covers, alt text, and the large view.

import { showDialog } from "../around/dialog.js";
import { button, make, megabytes } from "../dom.js";

const kept = new WeakMap(); // message element → key → the elements of that picture in it, so that an edit reloads none
const drawn = new WeakMap(); // message element → key → how many of them stand in it again

/** A message is drawn anew: its pictures are taken up again, each in its turn. */
export function takeUp(owner) {
  drawn.set(owner, new Map());
}

/**
 * What is shown of a picture: {key, url, name, alt, width, height, spoiler}. Its link is signed anew with every look,
 * so `key` says whether it is the same one.
 */
export function ofAttachment(attachment) {
  return {
    key: attachment.id,
    url: attachment.url,
    name: attachment.filename,
    alt: attachment.description ?? "",
    width: attachment.width ?? null,
    height: attachment.height ?? null,
    spoiler: attachment.filename.startsWith("SPOILER_"),
  };
}

export function ofMedia(media, facts = {}) {
  return {
    key: media.attachment_id ?? media.url,
    url: media.url,
    name: nameIn(media.url),
    alt: facts.description ?? "",
    width: media.width ?? null,
    height: media.height ?? null,
    spoiler: Boolean(facts.spoiler),
  };
}

export function isPicture(attachment) {
  return Boolean(attachment.width) && (attachment.content_type ?? "").startsWith("image/");
}

/**
 * @param {object[]} pictures
 * @param {string} cdn    the one origin that pictures come from
 * @param {Element} owner the message they stand in: its pictures survive its edits
 */
export function gallery(pictures, cdn, owner) {
  const shown = pictures.map((each, number) => tile(each, cdn, owner, () => view(pictures, number, cdn)));
  return make("ul", { class: `gallery of-${Math.min(pictures.length, 10)}`, "aria-label": pictures.length > 1 ? `${pictures.length} pictures` : "Picture" },
    shown.map((each) => make("li", {}, each)));
}

function tile(picture, cdn, owner, open) {
  if (!kept.has(owner)) kept.set(owner, new Map());
  const [known, counts] = [kept.get(owner), drawn.get(owner)];
  const number = counts.get(picture.key) ?? 0;
  const elements = known.get(picture.key) ?? [];
  counts.set(picture.key, number + 1);
  elements[number] ??= newTile(picture, cdn, open);
  known.set(picture.key, elements);
  return elements[number];
}

function newTile(picture, cdn, open) {
  const words = picture.alt || picture.name;
  if (!isFrom(picture.url, cdn)) {
    return make("span", { class: "picture absent" }, `Picture from elsewhere, not loaded here: ${picture.url}`);
  }
  const image = make("img", {
    src: picture.url,
    alt: words,
    loading: "lazy",
    decoding: "async",
    width: picture.width,
    height: picture.height,
  });
  const opens = button(image, open, { class: "picture-open", title: picture.alt || null });
  const element = make("div", { class: "picture" }, opens);
  image.addEventListener("error", () => element.classList.add("broken"));
  if (picture.alt) element.append(altBadge(picture.alt));
  if (picture.spoiler) cover(element, opens);
  return element;
}

/** The words that describe a picture, for those who see it too. */
function altBadge(alt) {
  const words = make("span", { class: "alt-words", hidden: true }, alt);
  const badge = button("ALT", () => {
    words.hidden = !words.hidden;
    badge.setAttribute("aria-expanded", String(!words.hidden));
  }, { class: "alt-badge", "aria-label": "Alt text", "aria-expanded": "false" });
  return make("span", { class: "alt" }, badge, words);
}

function cover(element, opens) {
  element.classList.add("covered");
  opens.tabIndex = -1;
  opens.setAttribute("aria-hidden", "true");
  const reveal = button("Spoiler", () => {
    element.classList.remove("covered");
    opens.removeAttribute("aria-hidden");
    opens.tabIndex = 0;
    opens.focus();
    reveal.remove();
  }, { class: "reveal", "aria-label": "Spoiler: show the picture" });
  element.append(reveal);
}

/** A file that is no picture. */
export function file(attachment) {
  return make("div", { class: "file" },
    make("a", { href: attachment.url, target: "_blank", rel: "noopener noreferrer", download: attachment.filename }, attachment.filename),
    make("span", { class: "quiet" }, ` ${megabytes(attachment.size)}`));
}

function view(pictures, first, cdn) {
  const shown = pictures.filter((each) => isFrom(each.url, cdn));
  let at = Math.max(0, shown.indexOf(pictures[first]));
  const image = make("img", {});
  const words = make("p", { class: "view-words" });
  const place = make("span", { class: "quiet", "aria-live": "polite" });
  const original = make("a", { target: "_blank", rel: "noopener noreferrer" }, "Open original");
  const turn = (step) => {
    at = (at + step + shown.length) % shown.length;
    image.src = shown[at].url;
    image.alt = shown[at].alt || shown[at].name;
    words.textContent = shown[at].alt;
    original.href = shown[at].url;
    place.textContent = shown.length > 1 ? `${at + 1} of ${shown.length}` : "";
  };
  const dialog = make("dialog", { class: "view", "aria-label": "Picture" },
    image, words,
    make("div", { class: "view-tools" },
      shown.length > 1 && button("‹ Previous", () => turn(-1)), place, shown.length > 1 && button("Next ›", () => turn(1)),
      original, button("Close", () => dialog.close())));
  dialog.addEventListener("keydown", (event) => {
    if (event.key === "ArrowLeft") turn(-1);
    if (event.key === "ArrowRight") turn(1);
  });
  dialog.addEventListener("click", (event) => event.target === dialog && dialog.close());
  turn(0);
  showDialog(dialog);
}

function isFrom(url, origin) {
  return URL.canParse(url) && new URL(url).origin === origin;
}

function nameIn(url) {
  if (!URL.canParse(url)) return "picture";
  const name = new URL(url).pathname.split("/").at(-1);
  try {
    return decodeURIComponent(name);
  } catch {
    return name; // somebody else's escapes
  }
}

// Files on their way: chosen, pasted or dropped, shown before they are sent, and sent ahead of what names them.

import { button, make, megabytes } from "../dom.js";

export const FILES_MAX = 10;

/** Sends a file ahead; the id by which a message or an option then names it. Throws an Error with words for the person. */
export async function upload(file, world) {
  const query = new URLSearchParams({ key: world.key, channel: world.current, name: file.name || "unknown" });
  let response;
  try {
    response = await fetch(`/upload?${query}`, { method: "POST", body: file, headers: { "Content-Type": "application/octet-stream" } });
  } catch {
    throw new Error(`${file.name} could not be sent. Try again.`);
  }
  const told = await response.json().catch(() => ({ words: "The upload failed. Try again." }));
  if (!response.ok) throw new Error(told.words);
  return told.upload;
}

/** What is said of files that do not fit here; an empty text when all do. */
export function tooLarge(files, channel) {
  const large = files.filter((each) => each.size > channel.limit_bytes);
  if (!large.length) return "";
  const names = large.map((each) => `${each.name} (${megabytes(each.size)})`).join(", ");
  return `Your files are too large: at most ${megabytes(channel.limit_bytes)} a file here. ${names}`;
}

/** The files of a paste or a drop. */
export function filesOf(transfer) {
  return [...(transfer?.files ?? [])];
}

/** A file as it will be sent: a small picture where it is one, its name, and a way to take it back. */
export function preview(file, remove) {
  const isPicture = /^image\/(png|jpe?g|gif|webp|avif|bmp)$/.test(file.type);
  const url = isPicture ? URL.createObjectURL(file) : null;
  const image = url && make("img", { src: url, alt: "" });
  image?.addEventListener("load", () => URL.revokeObjectURL(url));
  image?.addEventListener("error", () => image.remove());
  return make("span", { class: "attached" }, image, make("span", { class: "attached-name" }, file.name || "unnamed"),
    make("span", { class: "quiet" }, megabytes(file.size)),
    button("✕", remove, { "aria-label": `Remove ${file.name}`, class: "icon" }));
}

/** Lets the person choose files from the disk. */
export function chooseFiles(isMany, take) {
  const input = make("input", { type: "file", multiple: isMany, hidden: true, "aria-label": "Files" });
  input.addEventListener("change", () => {
    take([...input.files]);
    input.remove();
  });
  input.addEventListener("cancel", () => input.remove());
  document.body.append(input);
  input.click();
}

// What stands around the messages: the side, which opens where the window is narrow, and the floor that takes files.

import { filesOf } from "../writing/uploads.js";

/**
 * @param {HTMLElement} side
 * @param {HTMLButtonElement} opener
 * @returns {() => void}  closes it
 */
export function mountSide(side, opener) {
  const turn = (isOpen) => {
    document.body.classList.toggle("side-open", isOpen);
    opener.setAttribute("aria-expanded", String(isOpen));
  };
  const isOpen = () => document.body.classList.contains("side-open");
  opener.addEventListener("click", () => {
    turn(!isOpen());
    if (isOpen()) side.querySelector("nav [aria-current], nav button")?.focus();
  });
  document.addEventListener("keydown", (event) => {
    if (event.key !== "Escape" || !isOpen()) return;
    turn(false);
    opener.focus();
  });
  document.addEventListener("pointerdown", (event) => {
    if (!side.contains(event.target) && !opener.contains(event.target)) turn(false);
  });
  return () => turn(false);
}

/** Files that are dropped anywhere are for `take`; over `main` it is shown that they may be. */
export function mountDrop(main, take) {
  const hasFiles = (event) => [...(event.dataTransfer?.types ?? [])].includes("Files");
  document.addEventListener("dragover", (event) => {
    if (!hasFiles(event)) return;
    event.preventDefault();
    main.classList.add("dropping");
  });
  document.addEventListener("dragleave", (event) => {
    if (!event.relatedTarget) main.classList.remove("dropping");
  });
  document.addEventListener("drop", (event) => {
    main.classList.remove("dropping");
    if (!hasFiles(event)) return;
    event.preventDefault();
    take(filesOf(event.dataTransfer));
  });
}

// What stands around the messages: the side, which opens where the window is narrow, and the floor that takes files.

import { filesOf } from "../writing/uploads.js";

/**
 * @param {HTMLElement} side
 * @param {HTMLButtonElement} opener
 * @param {HTMLButtonElement} closer
 * @returns {() => void}  closes it
 */
export function mountSide(side, opener, closer) {
  const turn = (isOpen) => {
    document.body.classList.toggle("side-open", isOpen);
    opener.setAttribute("aria-expanded", String(isOpen));
  };
  const isOpen = () => document.body.classList.contains("side-open");
  opener.addEventListener("click", () => {
    turn(!isOpen());
    if (isOpen()) side.querySelector("nav [aria-current], nav button")?.focus();
  });
  const goBack = () => {
    turn(false);
    opener.focus();
  };
  closer.addEventListener("click", goBack);
  document.addEventListener("keydown", (event) => {
    if (event.key === "Escape" && isOpen()) goBack();
  });
  document.addEventListener("click", (event) => { // when the tap is over: it must not reach what lay under the veil
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

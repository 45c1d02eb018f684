// A form that the bot opened as its answer.

import { showDialog } from "../around/dialog.js";
import { COMPONENT } from "../discord.js";
import { button, freshId, make } from "../dom.js";
import { SELECTS, choosable } from "./components.js";
import { formatted } from "./markdown.js";

const PARAGRAPH = 2;
const LONGEST = 4000;

/**
 * @param {object} modal   Discord's payload
 * @param {object} page    {names, world}
 * @param {(values: object, heard: object) => void} submit  `values` by custom id; `heard` hears what came of it
 */
export function openModal(modal, page, submit) {
  const fields = [];
  const shown = modal.components.map((item) => {
    if (item.type === COMPONENT.LABEL) return field(item.label, item.description, item.component, fields, page.world);
    if (item.type === COMPONENT.ROW) return item.components.map((child) => field(child.label, null, child, fields, page.world));
    return item.type === COMPONENT.TEXT ? make("div", { class: "text" }, formatted(item.content, page.names)) : null;
  });
  const title = freshId("modal");
  const failure = make("p", { class: "failure", role: "alert" });
  const send = make("button", { type: "submit", class: "button primary" }, "Submit");
  const form = make("form", { novalidate: true }, shown, failure,
    make("div", { class: "card-tools" }, button("Cancel", () => dialog.close(), { class: "button secondary" }), send));
  const dialog = make("dialog", { class: "card", "aria-labelledby": title }, make("h2", { id: title }, modal.title), form);
  const fail = (words) => {
    send.disabled = false;
    failure.textContent = words;
  };
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    const wrong = fields.filter((each) => !each.check());
    if (wrong.length) {
      wrong[0].input.focus();
      return;
    }
    send.disabled = true;
    failure.textContent = "";
    submit(Object.fromEntries(fields.map((each) => [each.id, each.value()])), { answered: () => dialog.close(), failed: fail, refused: fail });
  });
  showDialog(dialog);
}

function field(label, description, component, fields, world) {
  const id = freshId("field");
  const wrong = make("span", { class: "wrong", id: `${id}-wrong` });
  const isNeeded = component.required !== false;
  const described = [description && `${id}-about`, `${id}-wrong`].filter(Boolean).join(" ");
  const input = control(component, { id, "aria-describedby": described, "aria-required": isNeeded ? "true" : null }, world);
  fields.push({
    id: component.custom_id,
    input,
    value: () => (input.multiple ? [...input.selectedOptions].map((each) => each.value) : input.value),
    check: () => {
      const words = complaint(component, input.value, isNeeded);
      wrong.textContent = words;
      input.setAttribute("aria-invalid", String(Boolean(words)));
      return !words;
    },
  });
  return make("div", { class: "field" }, make("label", { for: id }, label, isNeeded && make("span", { class: "needed", "aria-hidden": "true" }, " *")),
    description && make("span", { class: "quiet", id: `${id}-about` }, description), input, wrong);
}

function control(component, facts, world) {
  const common = { ...facts, placeholder: component.placeholder ?? null };
  if (component.type === COMPONENT.FILE_UPLOAD) {
    return make("input", { ...facts, type: "text", disabled: true, placeholder: "Files cannot be sent with a form here" });
  }
  if (SELECTS.includes(component.type)) {
    const options = component.type === COMPONENT.STRING_SELECT ? component.options : choosable(component, world);
    const isMany = (component.max_values ?? 1) > 1;
    return make("select", { ...facts, multiple: isMany }, !isMany && make("option", { value: "" }, component.placeholder ?? "Make a selection"),
      options.map((each) => make("option", { value: each.value, selected: Boolean(each.default) }, each.label)));
  }
  if (component.type === COMPONENT.TEXT_INPUT && component.style === PARAGRAPH) {
    return make("textarea", { ...common, rows: "4" }, component.value ?? "");
  }
  return make("input", { ...common, type: "text", value: component.value ?? null });
}

function complaint(component, value, isNeeded) {
  if (!value) return isNeeded ? "This field is required" : "";
  if (component.type !== COMPONENT.TEXT_INPUT) return "";
  const least = component.min_length ?? 0;
  const most = component.max_length ?? LONGEST;
  if (value.length < least) return `Must be ${least} or more in length.`;
  return value.length > most ? `Must be ${most} or fewer in length (now ${value.length}).` : "";
}

// The sign of a person: the bot has its picture, everybody else a letter on a colour of their own.

import { make } from "./dom.js";

export function avatar(world, person) {
  const facts = { class: `avatar tint-${Number(BigInt(person) % 7n)}`, "aria-hidden": "true" };
  if (person === world.bot) return make("span", { ...facts, class: "avatar bot" }, make("img", { src: "/static/easel.svg", alt: "" }));
  return make("span", facts, world.name(person).slice(0, 1));
}

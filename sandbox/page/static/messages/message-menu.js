// What can be done with a message: the entries of its menu.

import { confirm } from "../around/dialog.js";
import { openMenu } from "../around/menu.js";
import { COMMAND, FLAG } from "../discord.js";

/**
 * @param {object} page  {world, reply, use, erase, say}
 * @param {Element|null} anchor  as `openMenu` takes it, like `point`
 */
export function openMessageMenu(message, page, anchor, point) {
  if (message.flags & FLAG.EPHEMERAL) return;
  const { world } = page;
  const { may } = world.channel;
  const entries = [];
  if (may.reply && may.write) entries.push({ label: "Reply", act: () => page.reply(message) });
  if (message.content) entries.push({ label: "Copy text", act: () => copy(message.content, page) });
  for (const { name } of world.offered(COMMAND.MESSAGE_MENU)) {
    entries.push({ group: "Apps", label: name, act: () => page.use(name, message) });
  }
  if (message.author.id === world.you || may.manage) {
    entries.push({ label: "Delete message", isDangerous: true, act: () => askToErase(message, page) });
  }
  if (entries.length) openMenu(entries, anchor, point, "Message");
}

function askToErase(message, page) {
  confirm("Delete message", "Do you want to delete this message? It cannot be brought back.", "Delete", () => page.erase(message));
}

async function copy(text, page) {
  try {
    await navigator.clipboard.writeText(text);
  } catch {
    page.say("The browser does not let this page copy.");
  }
}

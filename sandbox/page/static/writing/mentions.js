// Mentions as people type them: «@Ben», «#general».

/** They become what Discord sends for them; longer names first, so that none hides in another. */
export function withIds(text, world) {
  const channels = world.server ? world.neighbours : [];
  const known = [
    ...world.members.map((each) => [`@${each.name}`, `<@${each.id}>`]),
    ...world.roles.map((each) => [`@${each.name}`, `<@&${each.id}>`]),
    ...channels.map((each) => [`#${each.name}`, `<#${each.id}>`]),
  ].sort((one, other) => other[0].length - one[0].length);
  let sent = text;
  for (const [words, id] of known) {
    sent = sent.replace(new RegExp(`(?<![\\w<])${words.replace(/[^\w@#]/g, "\\$&")}(?![\\w-])`, "g"), id);
  }
  return sent;
}

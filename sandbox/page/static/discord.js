// Discord's own numbers, by name.

/** Kinds of commands. */
export const COMMAND = { SLASH: 1, MESSAGE_MENU: 3 };

/** Kinds of options. */
export const OPTION = {
  SUBCOMMAND: 1,
  GROUP: 2,
  STRING: 3,
  INTEGER: 4,
  BOOLEAN: 5,
  USER: 6,
  CHANNEL: 7,
  ROLE: 8,
  MENTIONABLE: 9,
  NUMBER: 10,
  ATTACHMENT: 11,
};

/** Kinds of components, of messages and of forms. */
export const COMPONENT = {
  ROW: 1,
  BUTTON: 2,
  STRING_SELECT: 3,
  TEXT_INPUT: 4,
  USER_SELECT: 5,
  ROLE_SELECT: 6,
  MENTIONABLE_SELECT: 7,
  CHANNEL_SELECT: 8,
  SECTION: 9,
  TEXT: 10,
  THUMBNAIL: 11,
  GALLERY: 12,
  FILE: 13,
  SEPARATOR: 14,
  CONTAINER: 17,
  LABEL: 18,
  FILE_UPLOAD: 19,
};

/** Kinds of messages. */
export const MESSAGE = { PLAIN: 0, REPLY: 19, OF_A_MENU: 23 };

/** What a message is marked with. In a layout, its components say what of its files is shown, and where. */
export const FLAG = { EPHEMERAL: 1 << 6, LOADING: 1 << 7, LAYOUT: 1 << 15 };

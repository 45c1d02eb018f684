// What the page knows of the world: who sits here, who else there is, which places there are.

export class World {
  constructor() {
    this.key = "";
    this.you = "";
    this.bot = "";
    this.cdn = "";
    this.people = new Map();
    this.servers = new Map();
    this.channels = new Map();
    this.commands = new Map();
    this.current = null; // id of the channel that is open
  }

  meet(ready) {
    Object.assign(this, { key: ready.key, you: ready.you, bot: ready.bot, cdn: ready.cdn });
    this.people = byId(ready.people);
  }

  survey(places) {
    this.servers = byId(places.servers);
    this.channels = byId(places.channels);
    this.commands = byId(places.commands);
  }

  get me() {
    return this.people.get(this.you);
  }

  get channel() {
    return this.channels.get(this.current) ?? null;
  }

  get server() {
    return this.servers.get(this.channel?.server) ?? null;
  }

  name(person) {
    return this.people.get(person)?.name ?? "somebody";
  }

  roleName(role) {
    for (const server of this.servers.values()) {
      const found = server.roles.find((each) => each.id === role);
      if (found) return found.name;
    }
    return "a role";
  }

  /** A channel as people write it. */
  placeName(channel) {
    if (!channel) return "#unknown";
    return channel.kind === "direct" ? `@${channel.name}` : `#${channel.name}`;
  }

  /** People who can be chosen in the open channel. */
  get members() {
    if (!this.server) return [this.me, this.people.get(this.bot)].filter(Boolean);
    return this.server.members.map((each) => this.people.get(each.id)).filter(Boolean);
  }

  /** Roles of the open channel's server. */
  get roles() {
    return this.server?.roles ?? [];
  }

  /** The open channel and those that stand beside it: of its server, or other direct ones. */
  get neighbours() {
    return [...this.channels.values()].filter((each) => each.server === this.channel?.server);
  }

  get myRoles() {
    return this.server?.members.find((each) => each.id === this.you)?.roles ?? [];
  }

  /** Commands of a kind that the open channel offers to this person. */
  offered(kind) {
    const ids = this.channel?.commands ?? [];
    return ids.map((id) => this.commands.get(id)).filter((each) => each?.type === kind);
  }

  /** Whether a message calls this person. */
  callsMe(message) {
    return (
      message.mention_everyone ||
      message.mentions.some((each) => each.id === this.you) ||
      message.mention_roles.some((each) => this.myRoles.includes(each))
    );
  }
}

function byId(list) {
  return new Map(list.map((each) => [each.id, each]));
}

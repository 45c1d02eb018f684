"""Discord in the browser: a page that looks and behaves like the client, over the stand-in.

    server, guards, uploads       what a browser is served, and who may ask for it
    session, desk, screen         one open page: what it is told, what its person does, what it shows
    places, typed, uses           what a person can reach, options as they are typed, and which command made a message
    behind/                       the drawer behind the scenes, on the server's side
    static/                       the page itself, put together by app.js: messages/ shows them, writing/ takes them and
                                  commands, around/ leads from place to place, drawer/ shows what is behind

The page and its server talk over a WebSocket, `/live?as=<id or name of a person>`, in JSON objects with a `type`. Ids
are strings. Each open page is one Session, with one person at a time; what it knows is told anew on each connection.

The server says:

    ready     key, you, bot, cdn, people: [{id, name, bot, about}]          who sits there; `key` goes with uploads
    places    servers: [{id, name, roles: [{id, name}], members: [{id, roles}]}],
              channels: [{id, name, server, parent, kind, nsfw, limit_bytes, may: {write, attach, reply, manage},
              commands: [id]}], commands: [Discord's own]                    at first, and whenever it has changed
    presence  online                                                         whether the bot is connected
    messages  channel, messages, more                                        the newest of a channel that was opened
    earlier   channel, messages, more                                        older ones, as asked for
    message   channel, message                                               a new one, or a new version of one
    gone      channel, message: id
    unread    channel                                                        something new in a channel that is not open
    notified  channel, message: id, author, reason                           a ping
    asked     ask, state: pending | answered (message: id) | failed (words) | modal (modal) | choices (choices)
    said      ask, message: id
    refused   ask, words                                                     what the client does not allow

A message is Discord's own payload with fresh links and, where a command made it, `used`: its name with subcommands.

The page says, each with an `ask` of its own choice that the answer names:

    be person                     open channel                    earlier [upto: message id]
    slash channel, command, options                               complete channel, command, field, text, options
    menu channel, command, message (or person)                    click channel, message, control
    choose channel, message, control, values                      submit of: ask of the opener, values
    say channel, text, uploads                                    reply channel, message, text, ping, uploads
    delete channel, message                                       dismiss channel, message

`options` are by name: words, numbers and truth values as they are; people, roles and channels by id; files by the id
that `POST /upload?key=…&channel=…&name=…` gave for them. Types that begin with `behind.` belong to the drawer, both
ways: see sandbox/page/behind/__init__.py.
"""

"""Behind the scenes: what becomes of each request, from the stand-ins' records, the bot's log and its database.

Nobody asks the bot: all is seen from outside, and looked at ten times a second.

    bot_log, books, exchanges     what the sources say: lines of the log, rows of the database, HTTP of both sides
    beginnings                    what people asked: with each of these a story begins
    chronicle, calls              give each fact to the story that it belongs to
    story, steps                  one request with all that is known of it, and the steps that the drawer shows of it
    switchboard                   the switches that make either side misbehave
    scenes                        what all the open drawers hear and say; begin to read there

They talk over the page's own connection, see `sandbox.page`; here times are milliseconds since 1970.

The drawer (static/drawer/) says:

    behind.open                   tell me everything, and then what is new
    behind.close                  no more
    behind.switch name, on        turn a switch
    behind.kill                   SIGKILL for the bot, and a new one
    behind.start                  a new bot, where the old one has ended

and hears, until it closes:

    behind.state      requests, others, switches, bot            everything, as below; the answer to behind.open
    behind.request    request: {id, kind, title, person: {id, name}, place, at, of, job, state, over, steps, exchanges,
                      log: [{at, level, text}], balance}         a new one, or a new version of one; see Story
    behind.others     others: [exchange]                         HTTP for no request in particular
    behind.switches   switches: [{name, side, label, says, on}]
    behind.bot        bot: {state, pid, since, ended}            starting | connected | cut off | ended

A step is {name, at, source, words, mark}, see Step; an exchange {side, method, path, at, status, took, files} with
`cut` where it is part of a request, see Exchange; a balance what BalanceLook has in it.
"""

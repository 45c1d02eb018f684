"""The demo: the real bot between two stand-ins, in the browser or in the terminal.

    stage, bot_process, leash     the stand-ins, and the bot as a process that does not outlive us
    page, browser                 `make demo`: the page, opened where somebody sees it
    show, tour, scenes            `make tour`: scenes one after the other, then a prompt

Begin to read at page or at show.
"""

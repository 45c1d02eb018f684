"""/privacy erase: what goes, what stays, and what is left of it in the bytes on the disk."""

import asyncio
import re
import shutil
import time

import pytest

from bot.delivery.doors import ANSWER_TIMEOUT_S
from bot.store.engine import sqlite3
from sandbox.discord.faults import status
from sandbox.guest import Guest, SeenMessage, Upload
from sandbox.image_api.faults import errors
from tests.end_to_end.books import charged, jobs, reserved, states, until, until_states
from tests.end_to_end.conftest import HurriedClock, Open
from tests.end_to_end.screen import ends, finished, paints, public, refused, results, says, variation
from tests.end_to_end.test_quota_commands import admin, quota
from tests.end_to_end.test_restart import second_bot
from tests.end_to_end.traces import holding
from tests.end_to_end.trouble import CALLBACK, CARD, FORBIDDEN, POST, Held, held, held_at_discord
from tests.end_to_end.uploads import picture
from tests.scene import Scene

CANARY = "zimtschnecke-quetzalcoatl-9f3"
DAY_S = 86_400


async def asks(guest: Guest, channel: str = "general") -> SeenMessage:
    return await (await guest.slash("privacy erase", channel=channel)).answer()


async def erases(guest: Guest, *, channel: str = "general", button: str = "Erase", words: str = "Erased.") -> None:
    await ends(await guest.click(await asks(guest, channel), button), words)


def rows(scene: Scene, sql: str, *values: object) -> list[tuple[object, ...]]:
    connection = sqlite3.connect(scene.settings.data_dir / "easel.sqlite3")
    try:
        return connection.execute(sql, values).fetchall()
    finally:
        connection.close()


async def test_the_member_is_asked_privately_first_and_keep_changes_nothing(scene: Scene) -> None:
    ada, ben = scene.guest("Ada"), scene.guest("Ben")
    await paints(scene, ada, CANARY)

    question = await asks(ada)
    await ends(await ada.click(question, "Keep"), "Nothing was erased")

    assert question.ephemeral
    assert question.buttons == ["Erase", "Erase and delete my pictures", "Keep"]
    for word in ("Goes", "Stays", "midnight UTC", "block", "backups", "cannot be undone", "cost you nothing"):
        assert word in question.text
    assert holding(scene, CANARY) != []
    assert [seen for seen in ben.sees() if "Erase" in seen.text] == []
    assert [job.user_id for job in jobs(scene)] == [ada.id]


async def test_nothing_of_the_member_is_left_in_any_byte_on_the_disk(scene: Scene) -> None:
    """Words, links, tokens, pictures: painted, refused by both services, varied, in three places."""
    ada = scene.guest("Ada")
    post = await paints(scene, ada, f"a bakery {CANARY}")
    await finished(await ada.slash("imagine", prompt=f"a café {CANARY}" * 90, channel="lounge"))
    await finished(await ada.slash("imagine", prompt=f"a tearoom {CANARY}", channel="dm"))
    scene.images.faults.add(route="generations", then=errors.insufficient_quota())
    failed = await ada.slash("imagine", prompt=f"an inn {CANARY}")
    await refused(failed)
    await finished(await ada.slash("vary", prompt=f"with {CANARY}", image=Upload("mine.png", picture((64, 48)))))
    await finished(await ada.click(post, "V1"))
    await until_states(scene, *["delivered"] * 3, "failed", *["delivered"] * 2)
    [post, *_] = results(ada)
    again = post.control("Again").custom_id
    assert again is not None
    assert holding(scene, CANARY) != []
    assert list((scene.settings.data_dir / "spool").iterdir()) != []
    ids = [job.id for job in jobs(scene)]
    digests = [str(digest) for (digest,) in rows(scene, "SELECT sha256 FROM pictures")]
    assert [holding(scene, digest) != [] for digest in digests] == [True] * 5

    await erases(ada)

    assert holding(scene, CANARY) == []
    assert [holding(scene, digest) for digest in digests] == [[]] * 5
    assert holding(scene, "mine.png") == holding(scene, "/attachments/") == []
    assert holding(scene, failed.interaction.token) == []
    assert holding(scene, again.split(":")[2]) == []
    assert holding(scene, post.id) == []
    assert list((scene.settings.data_dir / "spool").iterdir()) == []
    assert {job.user_id < 0 for job in jobs(scene)} == {True}
    assert [job.id for job in jobs(scene)] == ids, "the events' numbers stay for a day"
    assert (charged(scene), reserved(scene)) == (5, 0)
    assert rows(scene, "SELECT user_id FROM entries UNION SELECT user_id FROM balances WHERE user_id > 0") == rows(
        scene, "SELECT DISTINCT user_id FROM jobs"
    )


async def test_the_day_that_was_used_still_counts_until_midnight_and_then_the_last_traces_go(
    open_scene: Open, hurried: HurriedClock
) -> None:
    scene = await open_scene(quota_per_day=2, clock=hurried)
    ada, cleo = scene.guest("Ada"), scene.guest("Cleo")
    await admin(cleo, "grant", user=ada, images=3)
    await paints(scene, ada)

    for _ in range(2):
        await erases(ada)
    assert "1 picture left" in await quota(ada)
    assert "1 of 2 used" in await quota(ada)
    assert "Used today: 1," in await admin(cleo, "show", user=ada)
    assert "somebody who was erased: 1" in await admin(cleo, "show")
    assert "no pictures left" not in (await quota(ada))
    await paints(scene, ada)
    await erases(ada)
    assert "no pictures left today" in (await refused(await ada.slash("imagine", prompt="one more"))).text
    assert rows(scene, "SELECT count(*) FROM guards") == [(2,)]

    await scene.stop()
    hurried.skip(1.1 * DAY_S)
    await scene.start()
    await until(lambda: rows(scene, "SELECT 1 FROM guards UNION SELECT 1 FROM guard_keys") == [])
    await until(lambda: all(job.id < 0 for job in jobs(scene)))

    assert "2 pictures left" in await quota(ada)
    await scene.stop()
    assert holding(scene, ada.id) == []
    assert rows(scene, "PRAGMA foreign_key_check") == []


async def test_an_admin_may_give_the_erased_day_back(open_scene: Open) -> None:
    scene = await open_scene(quota_per_day=1)
    ada, cleo = scene.guest("Ada"), scene.guest("Cleo")
    await paints(scene, ada)
    await erases(ada)

    assert "got back the 1 picture" in await admin(cleo, "reset", user=ada)

    assert "1 picture left" in await quota(ada)


async def test_a_day_used_in_one_server_does_not_count_in_another_after_erasing(open_scene: Open) -> None:
    scene = await open_scene(quota_per_day=1)
    ada = scene.guest("Ada")
    await paints(scene, ada)
    await erases(ada)

    assert "0 pictures left" in await quota(ada)
    assert "1 picture left" in (await (await ada.slash("quota", channel="lounge")).answer()).text
    await finished(await ada.slash("imagine", prompt="elsewhere", channel="lounge"))


async def test_what_an_admin_set_stays_and_what_was_done_is_nobodys_any_more(scene: Scene) -> None:
    ada, cleo = scene.guest("Ada"), scene.guest("Cleo")
    await admin(cleo, "set", user=ada, images=0)
    await admin(cleo, "set", user=ada, images=0)

    await erases(ada)
    await erases(cleo)

    assert "no pictures left" in (await refused(await ada.slash("imagine", prompt="a way around"))).text
    assert rows(scene, "SELECT subject_id, images FROM allowances") == [(ada.id, 0)]
    [(admins, subjects)] = rows(scene, "SELECT max(admin_id), max(subject_id) FROM audit")
    assert int(str(admins)) < 0
    assert int(str(subjects)) < 0
    assert "somebody who was erased" not in await admin(cleo, "show", user=ada), "his changes are not found any more"


async def test_who_comes_back_starts_fresh(scene: Scene) -> None:
    ada = scene.guest("Ada")
    await paints(scene, ada, CANARY)
    await erases(ada)

    await paints(scene, ada, "a new life")

    text = await quota(ada)
    assert "a new life" in text
    assert CANARY not in text
    assert "2 of 20 used" in text
    assert [job.user_id == ada.id for job in jobs(scene)] == [False, True]


async def test_buttons_of_what_was_erased_say_so(scene: Scene) -> None:
    ada, ben = scene.guest("Ada"), scene.guest("Ben")
    post = await paints(scene, ada)
    await erases(ada)

    for button in ("V1", "Again", "Delete"):
        answer = await (await ben.click(post, button)).answer()
        assert answer.ephemeral
        assert "was erased" in answer.text
    assert len(jobs(scene)) == 1


async def test_erasing_while_one_is_painted_one_waits_in_line_and_one_waits_for_its_member(open_scene: Open) -> None:
    scene = await open_scene(images_at_once=1)
    ada, ben = scene.guest("Ada"), scene.guest("Ben")
    ada.person.accepts_direct_messages = False
    scene.discord.faults.add(method="POST", path=POST, then=status(403, FORBIDDEN), times=1)
    scene.discord.faults.add(method="PATCH", path=CARD, then=status(403, FORBIDDEN), times=20)
    await ada.slash("imagine", prompt=f"kept {CANARY}", channel="lounge")
    await until_states(scene, "waiting")
    scene.discord.faults.clear()
    painting = await held(scene, ada, f"painted {CANARY}")
    queued = await ada.slash("imagine", prompt=f"in line {CANARY}")
    await queued.answer()

    await erases(ada, words="just being painted")

    assert "asked me to erase everything" in (await ends(queued, "cost you nothing")).text
    assert states(scene) == ["cancelled", "painting", "cancelled"]
    assert reserved(scene) == 1
    other = await ben.slash("imagine", prompt="next")
    scene.images.release()
    await finished(painting)
    await finished(other)
    await until(lambda: rows(scene, "SELECT 1 FROM erasures") == [])
    assert states(scene) == ["cancelled", "delivered", "cancelled", "delivered"]
    assert [job.user_id for job in jobs(scene) if job.user_id > 0] == [ben.id]
    assert (charged(scene, ben), charged(scene), reserved(scene)) == (1, 2, 0)
    assert holding(scene, CANARY) == []


async def test_erasing_while_a_card_is_just_being_sent_is_said_on_that_card(open_scene: Open) -> None:
    """On a machine so slow that Discord would not wait for the card any longer it is tried again."""
    for _ in range(5):
        scene = await open_scene()
        ada = scene.guest("Ada")
        question = await asks(ada)
        check = Held()  # otherwise it could be painted before it is let go, which is as it should be
        scene.images.faults.add(route="moderations", then=check.fault)
        asked, first_answer = await held_at_discord(scene, ada, CALLBACK)
        held_since_s = time.monotonic()
        pressed = await ada.click(question, "Erase")
        await pressed.until(says("erasing what I keep"))
        await asyncio.sleep(0.3)  # whoever would not wait for the card has spoken too early by then
        first_answer.release()
        if time.monotonic() - held_since_s < ANSWER_TIMEOUT_S / 2:
            break

    assert "asked me to erase everything" in (await ends(asked, "cost you nothing")).text
    await ends(pressed, "Erased")
    check.release()
    assert scene.images.records.of("generations") == []


async def test_words_of_a_request_whose_end_cannot_be_told_yet_are_gone_at_once(scene: Scene) -> None:
    ada = scene.guest("Ada")
    asked = await held(scene, ada, CANARY)
    card = f"^/webhooks/.*{re.escape(asked.interaction.token)}"
    scene.discord.faults.add(method="PATCH", path=card, then=status(503), times=1_000)
    scene.images.release()
    await until_states(scene, "delivered")

    await erases(ada, words="Erased, but for")

    assert holding(scene, CANARY) == []
    scene.discord.faults.clear()
    await finished(asked)
    await until(lambda: rows(scene, "SELECT 1 FROM erasures") == [])


async def test_a_request_made_meanwhile_is_not_erased_with_those_before(open_scene: Open) -> None:
    scene = await open_scene(images_at_once=2)
    ada = scene.guest("Ada")
    painting = await held(scene, ada, CANARY)
    await erases(ada, words="just being painted")
    later = await ada.slash("imagine", prompt="after the flood")
    await scene.images.until_held(2)

    scene.images.release()
    await finished(painting)
    await finished(later)
    await until(lambda: rows(scene, "SELECT 1 FROM erasures") == [])

    assert [job.user_id == ada.id for job in jobs(scene)] == [False, True]
    assert rows(scene, "SELECT prompt FROM jobs ORDER BY id") == [("",), ("after the flood",)]
    assert "2 of 20 used" in await quota(ada)


def leaves_a_copy(scene: Scene, words: str) -> None:
    """As SQLite leaves them when it moves rows: bytes in the file that no row holds any more."""
    connection = sqlite3.connect(scene.settings.data_dir / "easel.sqlite3", isolation_level=None, timeout=10)
    connection.execute("PRAGMA secure_delete = OFF")
    connection.execute("CREATE TABLE moved AS SELECT ? AS words", (words,))
    connection.execute("DROP TABLE moved")
    connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    connection.close()


async def test_not_even_a_copy_that_no_row_holds_any_more_stays_in_the_file(scene: Scene) -> None:
    ada = scene.guest("Ada")
    leaves_a_copy(scene, CANARY)
    assert holding(scene, CANARY) != []

    await erases(ada)

    assert holding(scene, CANARY) == []


async def test_once_a_day_such_copies_go_by_themselves(open_scene: Open, hurried: HurriedClock) -> None:
    scene = await open_scene(clock=hurried)
    leaves_a_copy(scene, CANARY)
    hurried.skip(DAY_S + 2 * 3_600)

    await until(lambda: holding(scene, CANARY) == [], timeout_s=60)


async def test_posted_pictures_are_deleted_too_when_the_member_says_so(open_scene: Open, hurried: HurriedClock) -> None:
    scene = await open_scene(clock=hurried)
    ada, ben = scene.guest("Ada"), scene.guest("Ben")
    await paints(scene, ada)
    await finished(await ada.slash("imagine", prompt="elsewhere", channel="lounge"))
    await finished(await ada.slash("imagine", prompt="in private", channel="dm"))
    await paints(scene, ben, "somebody else's")
    scene.discord.faults.add(method="DELETE", path=r"^/channels/\d+/messages/", then=status(403, FORBIDDEN), times=1)

    await erases(ada, button="Erase and delete my pictures", words="I delete your pictures")

    await until(lambda: rows(scene, "SELECT 1 FROM unposting") == [], timeout_s=30)
    assert [seen.text.count("somebody else") for seen in results(ben)] == [1]
    assert results(ada, "lounge") == []
    assert [seen for seen in ada.sees("dm") if seen.attachments and not seen.ephemeral] == []


async def test_what_others_asked_for_does_not_lead_to_what_was_erased(scene: Scene) -> None:
    ada, ben = scene.guest("Ada"), scene.guest("Ben")
    await finished(await ada.slash("vary", image=Upload("mine.png", picture((64, 48)))))
    [post] = results(ada)
    await finished(await ben.click(post, "Again"))
    await until_states(scene, "delivered", "delivered")
    [hers, _] = jobs(scene)
    assert rows(scene, "SELECT source_job FROM jobs WHERE source_job IS NOT NULL") == [(hers.id,)]

    await erases(ada)

    assert rows(scene, "SELECT source_job FROM jobs WHERE source_job IS NOT NULL") == []


async def test_what_others_made_of_a_picture_stays_theirs(scene: Scene) -> None:
    ada, ben = scene.guest("Ada"), scene.guest("Ben")
    post = await paints(scene, ada)
    await ben.reply(post, "vary")
    await variation(ben, before=1)
    await until_states(scene, "delivered", "delivered")

    await erases(ada)
    await finished(await ben.click(public(ben)[-1], "Again"))

    assert charged(scene, ben) == 2


@pytest.mark.parametrize("times", [1, 2])
async def test_killed_in_the_middle_the_next_start_finishes_it(open_scene: Open, times: int) -> None:
    scene = await open_scene(images_at_once=1)
    ada = scene.guest("Ada")
    await paints(scene, ada, f"first {CANARY}")
    await held(scene, ada, f"second {CANARY}")
    await erases(ada, words="just being painted")

    for _ in range(times):
        await scene.crash()
        assert rows(scene, "SELECT user_id FROM erasures") == [(ada.id,)]
        if _ + 1 < times:
            await scene.start()
            await until(lambda: states(scene)[1] == "failed")
    scene.images.release()
    await scene.start()

    await until(lambda: rows(scene, "SELECT 1 FROM erasures") == [])
    assert {job.user_id < 0 for job in jobs(scene)} == {True}
    assert holding(scene, CANARY) == []


async def test_beside_another_process_it_happens_once_and_is_said_once(scene: Scene) -> None:
    ada = scene.guest("Ada")
    await paints(scene, ada, CANARY)
    async with second_bot(scene):
        asked = await ada.click(await asks(ada), "Erase")
        await ends(asked, "Erased.")
        await until(lambda: rows(scene, "SELECT 1 FROM erasures") == [])
        await until(lambda: holding(scene, CANARY) == [])

    assert len(rows(scene, "SELECT DISTINCT user_id FROM entries")) == 1
    assert [seen for seen in ada.sees() if seen.ephemeral and "do not wait" in seen.text] == []


async def test_the_buttons_are_for_the_member_who_was_asked_there_and_then(
    open_scene: Open, hurried: HurriedClock
) -> None:
    scene = await open_scene(clock=hurried)
    ada, ben = scene.guest("Ada"), scene.guest("Ben")
    post = await paints(scene, ada, CANARY)
    question = await asks(ada)
    erase = question.control("Erase").custom_id
    assert erase is not None
    his = await asks(ben)

    for asked in (
        await ben.click(his, erase, raw=True),
        await ada.click(post, erase, raw=True),
        await ada.click(question, erase, raw=True, channel="lounge"),
        await ada.click(question, f"easel:erase:{'0' * 32}", raw=True),
        await ada.click(question, post.control("Again").custom_id.replace("again", "erase"), raw=True),  # type: ignore[union-attr]
    ):
        assert "do not wait" in (await asked.answer()).text
    hurried.skip(16 * 60)
    assert "do not wait" in (await (await ada.click(question, erase, raw=True)).answer()).text

    assert [job.user_id for job in jobs(scene)] == [ada.id]


async def test_pressed_again_it_says_what_was_answered_before(scene: Scene) -> None:
    ada = scene.guest("Ada")
    question = await asks(ada)
    erase = question.control("Erase").custom_id
    assert erase is not None
    await ends(await ada.click(question, "Keep"), "Nothing was erased")
    await paints(scene, ada)

    await (await ada.click(question, erase, raw=True)).until(says("Nothing was erased"))

    assert [job.user_id for job in jobs(scene)] == [ada.id]


async def test_files_that_cannot_be_removed_keep_nobody_elses_request_from_being_erased(scene: Scene) -> None:
    ada, ben = scene.guest("Ada"), scene.guest("Ben")
    for guest in (ada, ben):
        await paints(scene, guest, f"a café {CANARY} {guest.name}")
    stuck, _ = jobs(scene)
    folder = scene.settings.data_dir / "spool" / str(stuck.id)
    shutil.rmtree(folder)
    folder.write_bytes(b"what no bot can remove as a folder")
    await ada.click(await asks(ada), "Erase")

    await erases(ben)

    assert holding(scene, f"{CANARY} Ben") == []
    folder.unlink()
    await until(lambda: [job.user_id < 0 for job in jobs(scene)] == [True, True])

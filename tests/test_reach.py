"""What the code could reach and does not: only named modules open connections, start processes or write SQL."""

import ast
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
SOURCES = sorted(path for folder in ("bot", "cogs") for path in (ROOT / folder).rglob("*.py"))
STORE = [path for path in SOURCES if path.is_relative_to(ROOT / "bot" / "store")]

# Whoever else wants to talk to the outside goes through these.
MAY_CONNECT = {
    "aiohttp.ClientSession": {"bot.download", "bot.outside"},
    "aiohttp.TCPConnector": {"bot.download", "bot.outside"},
    "aiohttp.request": set[str](),
    "asyncio.open_connection": set[str](),
    "asyncio.create_subprocess_exec": {"bot.pictures.worker"},
    "asyncio.create_subprocess_shell": set[str](),
    "socket.socket": {"bot.download"},
    "socket.create_connection": set[str](),
    "os.system": set[str](),
    "os.popen": set[str](),
    "os.fork": {"bot.pictures.child"},
}
CONNECTING_METHODS = {"create_connection", "create_datagram_endpoint", "sock_connect", "ws_connect", "urlopen"}
NO_LIBRARY = {
    *("urllib.request", "urllib3", "http.client", "requests", "httpx", "ftplib", "smtplib", "telnetlib", "websockets"),
    *("subprocess", "multiprocessing", "pickle", "shelve", "marshal", "dill", "xmlrpc"),
}
WEAKENING = {  # what an argument of that name must be, wherever it is given
    "trust_env": {"False"},  # no proxy from the environment
    "proxy": set[str](),
    "ssl": set[str](),  # certificates are checked as aiohttp does by itself
    "verify_ssl": set[str](),
    "allow_redirects": {"False"},  # redirects are followed by ourselves or not at all
    "shell": set[str](),
}
READS_OF_ATTACHMENTS = {"read", "save", "to_file"}  # discord.Attachment's own, which follow redirects without a limit


def name_of(path: Path) -> str:
    return ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")


def tree_of(path: Path) -> ast.Module:
    return ast.parse(path.read_text("utf-8"))


def libraries(tree: ast.Module) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield node.module
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def calls(tree: ast.AST) -> Iterator[ast.Call]:
    yield from (node for node in ast.walk(tree) if isinstance(node, ast.Call))


def own_downloads(tree: ast.Module) -> Iterator[str]:
    """Awaited `read()`, `save(…)` and `to_file(…)`: the database's `read` and a stream's are told what to read."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Await) and isinstance(node.value, ast.Call):
            called = node.value.func
            if isinstance(called, ast.Attribute) and called.attr in READS_OF_ATTACHMENTS:
                is_told_what = called.attr == "read" and node.value.args
                yield from [] if is_told_what else [ast.unparse(node)]


def last_name(call: ast.Call) -> str:
    return ast.unparse(call.func).rpartition(".")[2]


def breaches_of_reach(path: Path, tree: ast.Module) -> list[str]:
    me = name_of(path)
    found = [f"imports {each}" for each in libraries(tree) if each in NO_LIBRARY]
    found += [f"downloads by itself: {each}" for each in own_downloads(tree)]
    for call in calls(tree):
        called = ast.unparse(call.func)
        if me not in MAY_CONNECT.get(called, {me}) or last_name(call) in CONNECTING_METHODS:
            found.append(f"calls {called}")
        for given in call.keywords:
            if ast.unparse(given.value) not in WEAKENING.get(given.arg or "", {ast.unparse(given.value)}):
                found.append(f"{called} with {ast.unparse(given)}")
    return found


@pytest.mark.parametrize("path", SOURCES, ids=name_of)
def test_only_the_named_modules_reach_outside(path: Path) -> None:
    assert breaches_of_reach(path, tree_of(path)) == []


@pytest.mark.parametrize(
    "code",
    [
        "import requests",
        "from urllib import request",
        "import urllib.request as fetch",
        "from http import client",
        "import pickle",
        "async def f(attachment): return await attachment.read()",
        "async def f(attachment): return await attachment.read(use_cached=True)",
        "async def f(attachment): await attachment.save(path)",
        "async def f(attachment): return await attachment.to_file()",
        "session = aiohttp.ClientSession()",
        "async def f(): return await asyncio.open_connection('a', 1)",
        "async def f(loop): return await loop.create_connection(p, 'a', 1)",
        "import os; os.system('id')",
        "import subprocess",
        "session = make(trust_env=True)",
        "session.get(url, ssl=False)",
        "session.get(url, proxy=url)",
        "session.get(url, allow_redirects=True)",
    ],
)
def test_a_way_outside_is_seen(code: str) -> None:
    assert breaches_of_reach(ROOT / "bot" / "another.py", ast.parse(code))


# SQL: text of constants, and values in parameters.

EXECUTING = {"execute", "executemany", "executescript", "execute_insert", "execute_fetchall"}
# Statements that no parameter can be given to (PRAGMA, and steps of the schema), put together from what is written
# in the code or is a number of ours.
PUT_TOGETHER = {
    "bot.store.opening": {
        "f'PRAGMA journal_mode = {wanted}'": "`wal` or `delete`",
        "f\"PRAGMA synchronous = {'FULL' if has_wal else 'EXTRA'}\"": "two literals",
        "f'PRAGMA application_id = {APPLICATION_ID}'": "a constant",
        "f'PRAGMA user_version = {len(migrations)}'": "a number",
        "statement": "a step of MIGRATIONS",
    },
    "bot.store.scrubbing": {
        "f'PRAGMA busy_timeout = {before_ms}'": "a number that SQLite itself has just said",
        "f\"PRAGMA temp_store_directory = '{folder}'\"": "the owner's DATA_DIR, with its quotes doubled",
        "f'PRAGMA {name}'": "two names, both written beside it",
    },
    "bot.store.inspection": {"f'PRAGMA {name}'": "two names, both written beside it"},
}


def constants(tree: ast.Module) -> set[str]:
    """Names in upper case that the module makes or imports, made of nothing but constants."""
    imported = {
        alias.asname or alias.name for node in tree.body if isinstance(node, ast.ImportFrom) for alias in node.names
    }
    known = {name for name in imported if name.isupper()}
    for node in tree.body:
        targets = (
            node.targets if isinstance(node, ast.Assign) else [node.target] if isinstance(node, ast.AnnAssign) else []
        )
        value = getattr(node, "value", None)
        if value is not None and is_constant(value, known):
            known |= {target.id for target in targets if isinstance(target, ast.Name) and target.id.isupper()}
    return known


def is_constant(node: ast.expr, known: set[str]) -> bool:
    match node:
        case ast.Constant(value=str() | int()):
            return True
        case ast.Name(id=name):
            return name in known
        case ast.JoinedStr(values=parts):
            return all(
                is_constant(part.value if isinstance(part, ast.FormattedValue) else part, known) for part in parts
            )
        case ast.Tuple(elts=each) | ast.Dict(values=each):
            return all(is_constant(part, known) for part in each)
        case ast.IfExp(body=one, orelse=other) | ast.BinOp(left=one, op=ast.Add(), right=other):
            return is_constant(one, known) and is_constant(other, known)
        case _:
            return False


def breaches_in_sql(module: str, tree: ast.Module) -> list[str]:
    """Statements that are neither a constant nor a parameter which every caller in the module gives a constant."""
    known, allowed = constants(tree), PUT_TOGETHER.get(module, {})
    found = []
    for call, within in placed_calls(tree):
        if isinstance(call.func, ast.Attribute) and call.func.attr in EXECUTING:
            statement = call.args[0]
            if not (is_safe(statement, within, tree, known) or ast.unparse(statement) in allowed):
                found.append(ast.unparse(call))
    return found


Function = ast.FunctionDef | ast.AsyncFunctionDef


def placed_calls(node: ast.AST, within: tuple[Function, ...] = ()) -> Iterator[tuple[ast.Call, tuple[Function, ...]]]:
    """Every call with the functions it stands in, the innermost first."""
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.Call):
            yield child, within
        yield from placed_calls(child, (child, *within) if isinstance(child, Function) else within)


def is_safe(statement: ast.expr, within: tuple[Function, ...], tree: ast.Module, known: set[str]) -> bool:
    if is_constant(statement, known):
        return True
    if not isinstance(statement, ast.Name):
        return False
    for function in within:
        if loops := loops_over(statement.id, function):
            return all(is_constant(each, known) for each in loops)
        parameters = [each.arg for each in function.args.args if each.arg != "self"]
        if statement.id in parameters:
            given = list(given_to(function, parameters.index(statement.id), tree))
            return bool(given) and all(is_safe(each, where, tree, known) for each, where in given)
        if statement.id in stored_in(function):
            return False
    return False


def loops_over(name: str, function: Function) -> list[ast.expr]:
    """What a name runs through, if loops alone give it its value: `for sql in STEPS`, or `in STEPS.items()`."""
    loops = [node for node in ast.walk(function) if isinstance(node, ast.For | ast.comprehension)]
    ours = [loop for loop in loops if name in stored_in(loop.target)]
    by_loops = sum(list(map(stored_name, ast.walk(loop.target))).count(name) for loop in ours)
    if by_loops != list(map(stored_name, ast.walk(function))).count(name):
        return []
    return [
        loop.iter.func.value
        if isinstance(loop.iter, ast.Call)
        and isinstance(loop.iter.func, ast.Attribute)
        and loop.iter.func.attr in ("items", "values")
        else loop.iter
        for loop in ours
    ]


def stored_name(node: ast.AST) -> str | None:
    return node.id if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store) else None


def stored_in(tree: ast.AST) -> set[str | None]:
    return set(map(stored_name, ast.walk(tree)))


def given_to(function: Function, position: int, tree: ast.Module) -> Iterator[tuple[ast.expr, tuple[Function, ...]]]:
    """What the calls in the module give a function at that place, and where they stand."""
    for call, within in placed_calls(tree):
        if last_name(call) == function.name and len(call.args) > position:
            yield call.args[position], within


@pytest.mark.parametrize("path", STORE, ids=name_of)
def test_no_statement_is_put_together_from_what_somebody_typed(path: Path) -> None:
    assert breaches_in_sql(name_of(path), tree_of(path)) == []


@pytest.mark.parametrize(
    "statement",
    [
        'f"SELECT * FROM jobs WHERE prompt = {prompt}"',
        '"SELECT * FROM jobs WHERE prompt = " + prompt',
        '"SELECT * FROM jobs WHERE prompt = %s" % prompt',
        '"SELECT * FROM jobs WHERE prompt = {}".format(prompt)',
        'FOUND.replace("?", prompt)',
        "prompt",
        "text",
        "step",
        "late",
    ],
)
def test_a_statement_with_somebodys_words_in_it_is_seen(statement: str) -> None:
    code = f"""
FOUND = "SELECT ?"
def find(connection, other, prompt=""):
    text = FOUND + prompt
    for step in (FOUND, prompt):
        late = step
    def work():
        for step in (FOUND, prompt):
            connection.execute({statement})
    work()
find(connection, 1, typed)
"""

    assert breaches_in_sql("bot.store.another", ast.parse(code))


def test_nobody_but_the_store_executes_statements() -> None:
    others = [path for path in SOURCES if path not in STORE]

    assert [name_of(path) for path in others if EXECUTING & {last_name(call) for call in calls(tree_of(path))}] == []


# Tracebacks tell where it failed, never what the variables held.

SHOWS_VARIABLES: dict[str, Callable[[ast.Call], bool]] = {
    "traceback": lambda call: any(each.arg == "capture_locals" for each in call.keywords),
    "rich": lambda call: any(each.arg in ("show_locals", "tracebacks_show_locals") for each in call.keywords),
    "names": lambda call: last_name(call) in ("locals", "vars") or ast.unparse(call.func).endswith("traceback.install"),
}


@pytest.mark.parametrize("path", SOURCES, ids=name_of)
def test_no_traceback_shows_variables(path: Path) -> None:
    found = [ast.unparse(call) for call in calls(tree_of(path)) for shows in SHOWS_VARIABLES.values() if shows(call)]

    assert found == []

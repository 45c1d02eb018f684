"""What the components of a message may be (Discord: Component Reference)."""

from enum import IntEnum

from sandbox.discord.embeds import check_url
from sandbox.discord.errors import FormCheck
from sandbox.discord.wire import Json

CUSTOM_ID_MAX_CHARS = 100
COMPONENTS_MAX = 40
ALL_TEXT_MAX_CHARS = 4000
ROWS_MAX = 5


class Kind(IntEnum):
    ROW = 1
    BUTTON = 2
    STRING_SELECT = 3
    TEXT_INPUT = 4
    USER_SELECT = 5
    ROLE_SELECT = 6
    MENTIONABLE_SELECT = 7
    CHANNEL_SELECT = 8
    SECTION = 9
    TEXT = 10
    THUMBNAIL = 11
    GALLERY = 12
    FILE = 13
    SEPARATOR = 14
    CONTAINER = 17
    LABEL = 18
    FILE_UPLOAD = 19


SELECTS = {Kind.STRING_SELECT, Kind.USER_SELECT, Kind.ROLE_SELECT, Kind.MENTIONABLE_SELECT, Kind.CHANNEL_SELECT}
IN_CONTAINER = {Kind.ROW, Kind.SECTION, Kind.TEXT, Kind.GALLERY, Kind.FILE, Kind.SEPARATOR}
LINK, PREMIUM = 5, 6


class ComponentCheck:
    """Checks the components of one message and gives them back as Discord shows them, with ids and defaults."""

    def __init__(self, form: FormCheck, filenames: set[str]) -> None:
        self._form = form
        self._filenames = filenames
        self._ids = 0
        self._custom_ids: set[str] = set()
        self._text_chars = 0

    def message(self, components: object, *, v2: bool) -> list[Json]:
        allowed = IN_CONTAINER | {Kind.CONTAINER} if v2 else {Kind.ROW}
        listed = self._form.count("components", components, most=COMPONENTS_MAX if v2 else ROWS_MAX)
        kept = [self._one(f"components.{number}", item, allowed) for number, item in enumerate(listed)]
        if v2 and self._ids > COMPONENTS_MAX:
            self._form.fail("components", "BASE_TYPE_MAX_LENGTH", f"Must be {COMPONENTS_MAX} or fewer in length.")
        if self._text_chars > ALL_TEXT_MAX_CHARS:
            self._form.fail("components", "BASE_TYPE_MAX_LENGTH", f"Must be {ALL_TEXT_MAX_CHARS} or fewer in length.")
        return kept

    def _one(self, path: str, item: Json, allowed: set[Kind]) -> Json:
        kind = item.get("type")
        if kind not in allowed:
            names = ", ".join(str(int(each)) for each in sorted(allowed))
            self._form.fail(f"{path}.type", "UNION_TYPE_CHOICES", f"Value of field must be one of ({names}).")
            return item
        self._ids += 1
        check = {
            Kind.ROW: self._row,
            Kind.BUTTON: self._button,
            Kind.SECTION: self._section,
            Kind.TEXT: self._text,
            Kind.THUMBNAIL: self._picture,
            Kind.GALLERY: self._gallery,
            Kind.FILE: self._file,
            Kind.SEPARATOR: self._separator,
            Kind.CONTAINER: self._container,
        }.get(Kind(kind), self._select)
        return {"type": kind, "id": item.get("id") or self._ids, **check(path, item)}

    def _row(self, path: str, item: Json) -> Json:
        listed = self._form.count(f"{path}.components", item.get("components"), least=1, most=5)
        if any(child.get("type") in SELECTS for child in listed) and len(listed) > 1:
            self._form.fail(f"{path}.components", "COMPONENT_LAYOUT_WIDTH_EXCEEDED", "Too many components in this row.")
        allowed = SELECTS | {Kind.BUTTON}
        return {"components": [self._one(f"{path}.components.{n}", child, allowed) for n, child in enumerate(listed)]}

    def _button(self, path: str, item: Json) -> Json:
        style = item.get("style")
        self._form.whole(f"{path}.style", style, least=1, most=6)
        self._form.optional_text(f"{path}.label", item.get("label"), most=80)
        if style == LINK:
            check_url(self._form, f"{path}.url", item.get("url"), set())
        elif style == PREMIUM:
            self._form.text(f"{path}.sku_id", item.get("sku_id"), least=1, most=20)
        else:
            self._custom_id(path, item)
        if style not in (None, PREMIUM) and not item.get("label") and not item.get("emoji"):
            self._form.fail(path, "BUTTON_COMPONENT_INVALID_LABEL_OR_EMOJI", "A button needs a label or an emoji.")
        kept = ("style", "label", "emoji", "custom_id", "url", "sku_id", "disabled")
        return {name: item[name] for name in kept if item.get(name) is not None}

    def _select(self, path: str, item: Json) -> Json:
        self._custom_id(path, item)
        self._form.optional_text(f"{path}.placeholder", item.get("placeholder"), most=150)
        self._form.whole(f"{path}.min_values", item.get("min_values"), least=0, most=25)
        self._form.whole(f"{path}.max_values", item.get("max_values"), least=1, most=25)
        shown: Json = {"min_values": 1, "max_values": 1, "disabled": False}
        if item["type"] == Kind.STRING_SELECT:
            for number, option in enumerate(self._form.count(f"{path}.options", item.get("options"), least=1, most=25)):
                for name in ("label", "value"):
                    self._form.text(f"{path}.options.{number}.{name}", option.get(name), least=1, most=100)
                self._form.optional_text(f"{path}.options.{number}.description", option.get("description"), most=100)
        kept = ("custom_id", "placeholder", "min_values", "max_values", "disabled", "options", "default_values")
        return shown | {name: item[name] for name in kept if item.get(name) is not None}

    def _section(self, path: str, item: Json) -> Json:
        texts = self._form.count(f"{path}.components", item.get("components"), least=1, most=3)
        accessory = item.get("accessory") or {}
        return {
            "components": [self._one(f"{path}.components.{n}", text, {Kind.TEXT}) for n, text in enumerate(texts)],
            "accessory": self._one(f"{path}.accessory", accessory, {Kind.BUTTON, Kind.THUMBNAIL}),
        }

    def _text(self, path: str, item: Json) -> Json:
        content = item.get("content")
        self._form.text(f"{path}.content", content, least=1, most=ALL_TEXT_MAX_CHARS)
        self._text_chars += len(content or "")
        return {"content": content or ""}

    def _gallery(self, path: str, item: Json) -> Json:
        listed = self._form.count(f"{path}.items", item.get("items"), least=1, most=10)
        return {"items": [self._picture(f"{path}.items.{n}", each) for n, each in enumerate(listed)]}

    def _separator(self, _: str, item: Json) -> Json:
        return {"spacing": item.get("spacing") or 1, "divider": item.get("divider", True)}

    def _picture(self, path: str, item: Json) -> Json:
        media = item.get("media") or {}
        check_url(self._form, f"{path}.media.url", media.get("url"), self._filenames)
        self._form.optional_text(f"{path}.description", item.get("description"), least=1, most=1024)
        return {
            "media": {"url": media.get("url")},
            "description": item.get("description"),
            "spoiler": bool(item.get("spoiler")),
        }

    def _file(self, path: str, item: Json) -> Json:
        file = item.get("file") or {}
        if not str(file.get("url")).startswith("attachment://"):
            self._form.fail(f"{path}.file.url", "URL_TYPE_INVALID_SCHEME", "Scheme must be attachment.")
        check_url(self._form, f"{path}.file.url", file.get("url"), self._filenames)
        return {"file": {"url": file.get("url")}, "spoiler": bool(item.get("spoiler"))}

    def _container(self, path: str, item: Json) -> Json:
        listed = self._form.count(f"{path}.components", item.get("components"), least=1, most=COMPONENTS_MAX)
        self._form.whole(f"{path}.accent_color", item.get("accent_color"), least=0, most=0xFFFFFF)
        return {
            "components": [self._one(f"{path}.components.{n}", child, IN_CONTAINER) for n, child in enumerate(listed)],
            "accent_color": item.get("accent_color"),
            "spoiler": bool(item.get("spoiler")),
        }

    def _custom_id(self, path: str, item: Json) -> None:
        custom_id = item.get("custom_id")
        self._form.text(f"{path}.custom_id", custom_id, least=1, most=CUSTOM_ID_MAX_CHARS)
        if custom_id in self._custom_ids:
            self._form.fail(f"{path}.custom_id", "COMPONENT_CUSTOM_ID_DUPLICATED", "Component custom id is duplicated.")
        self._custom_ids.add(str(custom_id))


def every_component(components: list[Json]) -> list[Json]:
    """All components, nested ones too, in reading order."""
    found: list[Json] = []
    for item in components:
        found.append(item)
        found += every_component(item.get("components") or [])
        if accessory := item.get("accessory"):
            found.append(accessory)
    return found

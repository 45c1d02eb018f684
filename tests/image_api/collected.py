"""The collected facts of ../shared and our own, brought to the same names so that they can be compared."""

from datetime import date
from typing import Any

from bot.image_api.catalogue.facts import ModelFacts, Price
from bot.model import Endpoint

LISTS = (
    "qualities",
    "styles",
    "backgrounds",
    "output_formats",
    "moderations",
    "input_fidelities",
    "complexities",
    "response_formats",
)
SINGLE = (
    *("default_quality", "default_style", "default_format", "compression", "previews_max"),
    *("mask", "markup", "gif", "svg", "revises_prompt"),
)


TYPES = {"string": "text", "array": "list"}


def ours(facts: ModelFacts) -> dict[str, Any]:
    """Our facts under the names that the comparison uses; lists as sets, since their order is for readers."""
    price, rule = facts.price, facts.size_rule
    return {
        "endpoints": {
            **dict.fromkeys(map(str, Endpoint), False),
            **{str(endpoint): True for endpoint in facts.endpoints},
            **{str(endpoint): None for endpoint in facts.endpoints_unsure},
        },
        "count_max": facts.count_max,
        "prompt_max_chars": facts.prompt_max_chars,
        "sizes": as_set(facts.sizes),
        "other_sizes": None if facts.sizes is None else "sizes" in facts.may_have_more,
        "default_size": facts.default_size,
        "size_rule": None
        if rule is None
        else {
            "multiple_of": rule.step_px,
            "min_edge": rule.edge_min_px,
            "max_edge": rule.edge_max_px,
            "max_ratio": rule.ratio_max,
            "min_pixels": rule.pixels_min,
            "max_pixels": rule.pixels_max,
            "experimental_above": rule.experimental_above,
        },
        "names": dict(facts.names),
        **{name: as_set(getattr(facts, name)) for name in LISTS},
        **{name: getattr(facts, name) for name in SINGLE},
        "sources": (facts.sources.count_max, facts.sources.bytes_max, facts.sources.square),
        "source_types": as_set(facts.sources.media_types),
        "mask_limits": (facts.mask_limits.bytes_max, facts.mask_limits.same_size),
        "mask_types": as_set(facts.mask_limits.media_types),
        "edit_bodies": as_set(facts.edit_bodies),
        "extra_fields": None
        if facts.extra_fields is None
        else {
            name: (extra.type, extra.least, extra.most, as_set(extra.values), extra.default)
            for name, extra in facts.extra_fields.items()
        },
        **priced(price),
        "retires_on": facts.retires_on,
        "replacements": facts.replacements,
    }


def as_set(values: Any) -> frozenset[Any] | None:  # noqa: ANN401  any list of either side
    return None if values is None else frozenset(values)


def priced(price: Price) -> dict[str, Any]:
    rates = price.rates
    return {
        "flat_usd": price.flat_usd,
        "picture_usd": {quality: dict(by_size) for quality, by_size in price.picture_usd.items()},
        "rates": None
        if rates is None
        else (
            *(rates.text_in, rates.text_in_cached, rates.image_in, rates.image_in_cached),
            *(rates.image_out, rates.text_out or None),
        ),
        "output_tokens": {quality: dict(by_size) for quality, by_size in price.output_tokens.items()},
        "quality_factors": dict(price.quality_factors),
        "preview_tokens": price.preview_tokens,
    }


def theirs(entry: dict[str, Any], key: str) -> dict[str, Any]:
    """The collected facts under the same names."""
    sizes, rule = entry["sizes"], entry["sizes"]["rule"] or {}
    pictures, mask, answer = entry["input_images"], entry["mask"], entry["response_format"]
    named = None if sizes["values"] is None else {*sizes["values"], *(["auto"] if sizes["auto"] else [])}
    has_rule = any(name in rule for name in ("multiple_of", "max_edge"))
    return {
        "endpoints": entry["endpoints"],
        "count_max": entry["n"]["max"],
        "prompt_max_chars": entry["prompt_max_chars"],
        "sizes": as_set(named),
        "other_sizes": None if named is None else sizes["kind"] is None,
        "default_size": sizes["default"],
        "size_rule": {
            "multiple_of": rule["multiple_of"],
            **{
                name: rule.get(name)
                for name in (
                    *("min_edge", "max_edge", "max_ratio", "min_pixels", "max_pixels"),
                    "experimental_above",
                )
            },
        }
        if has_rule
        else None,
        "names": names(entry, rule),
        "qualities": as_set(entry["qualities"]),
        "default_quality": entry["quality_default"],
        "styles": as_set(entry["styles"]),
        "default_style": entry["style_default"],
        "backgrounds": as_set(entry["background"]),
        "output_formats": as_set(entry["output_formats"]),
        "default_format": entry["output_format_default"],
        "compression": bool(entry["output_compression"]) if entry["output_compression"] is not None else None,
        "moderations": as_set(entry["moderation_param"]),
        "input_fidelities": as_set(entry["input_fidelity"]),
        "complexities": as_set(entry["complexity"]),
        "response_formats": as_set(answer["values"]),
        "previews_max": 0 if entry["streaming"] is False else entry["partial_images_max"],
        "sources": (pictures["max_count"], pictures["max_bytes_each"], pictures["must_be_square"]),
        "source_types": as_set(types(pictures["formats"])),
        "mask": mask["supported"],
        "mask_limits": (mask["max_bytes"], mask["same_size_as_image"]),
        "mask_types": frozenset({"image/png"}) if (mask["format"] or "").startswith("png") else None,
        "edit_bodies": bodies(pictures["json_refs"]),
        "markup": entry["markup"],
        "gif": None if entry["gif"] is None else True,
        "svg": None if entry["svg"] is None else True,
        "revises_prompt": entry["revised_prompt"],
        "extra_fields": extras(entry["extra_fields"]),
        **costs(entry["price"] or {}, key),
        "retires_on": entry["retirement_date"] and date.fromisoformat(entry["retirement_date"]),
        "replacements": tuple(filter(None, (entry["replacement"] or "").split(" | "))),
    }


def names(entry: dict[str, Any], rule: dict[str, Any]) -> dict[str, str]:
    found = {}
    if (count_field := (entry["extra_fields"] or {}).get("count_field", "n")) != "n":
        found["n"] = count_field
    if "image_url" in (entry["extra_fields"] or {}):
        found["image"] = "image_url"
    if field := rule.get("field"):
        found["size"] = field.split()[0]
    return found


def types(formats: list[str] | None) -> list[str] | None:
    return formats and ["image/" + form.replace("jpg", "jpeg") for form in formats]


def bodies(references: str | bool | None) -> frozenset[str] | None:
    """How an edit may be sent; the facts say it in words."""
    if references is None:
        return None
    if references is False:
        return frozenset({"multipart"})
    return frozenset({"json"}) if "only" in str(references) else frozenset({"json", "multipart"})


def extras(fields: dict[str, Any] | None) -> dict[str, Any] | None:
    if fields is None:
        return None
    return {
        name: (
            TYPES.get(each.get("type", ""), each.get("type")),
            each.get("minimum"),
            each.get("maximum"),
            as_set(each.get("enum")),
            each.get("default"),
        )
        for name, each in fields.items()
        if isinstance(each, dict) and name != "image_url"  # see `names`
    }


def costs(price: dict[str, Any], key: str) -> dict[str, Any]:
    by_quality: dict[str, dict[str, float]] = {name: price[name] for name in ("standard", "hd") if name in price}
    for size, computed in price.get("per_image_usd_computed", {}).items():
        for quality, cost in computed.items():
            by_quality.setdefault(quality, {})[size] = cost["usd"]
    if "by_size" in price:
        by_quality["standard"] = price["by_size"]
    if "low_1024x1024" in price:
        by_quality["low"] = {"1024x1024": price["low_1024x1024"]}
    rates = ("text_in", "text_in_cached", "image_in", "image_in_cached", "image_out", "text_out")
    return {
        "flat_usd": price.get("by_model", {}).get(key.removeprefix("bfl:"), price.get("flat")),
        "picture_usd": price.get("per_image_usd") or by_quality,
        "rates": tuple(price[name] for name in rates) if "text_in" in price else None,
        "output_tokens": of_tokens(price.get("output_tokens")),
        "quality_factors": {"low": 16, "medium": 48, "high": 96}
        if "qf={low:16,medium:48,high:96}" in price.get("output_token_formula", "")
        else {},
        "preview_tokens": price.get("partial_image_extra_output_tokens", 0),
    }


def of_tokens(tokens: dict[str, Any] | None) -> dict[str, dict[str, int]]:
    if tokens is None:
        return {}
    return {quality: dict(zip(tokens["order"], tokens[quality], strict=True)) for quality in ("low", "medium", "high")}

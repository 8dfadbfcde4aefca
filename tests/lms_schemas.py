"""What Gradescope, PrairieLearn, Coursera and GitHub take: JSON schemas, written from their documentation."""

from typing import Any

NUMBER, TEXT = {"type": "number"}, {"type": "string"}
VISIBILITY = {"enum": ["visible", "hidden", "after_due_date", "after_published"]}
FORMAT = {"enum": ["text", "html", "simple_format", "md", "ansi"]}


def thing(properties: dict[str, Any], *required: str, more: bool = False) -> dict[str, Any]:
    """An object with these properties and, unless `more`, no others."""
    return {"type": "object", "properties": properties, "required": list(required), "additionalProperties": more}


GRADESCOPE_TEST = thing(
    {
        "score": {"type": "number", "minimum": 0},
        "max_score": NUMBER,
        "status": {"enum": ["passed", "failed"]},
        "name": TEXT,
        "name_format": FORMAT,
        "number": TEXT,
        "output": TEXT,
        "output_format": FORMAT,
        "tags": {"type": "array", "items": TEXT},
        "visibility": VISIBILITY,
        "extra_data": {"type": "object"},
    }
)
GRADESCOPE = thing(
    {
        "score": {"type": "number", "minimum": 0},
        "execution_time": NUMBER,
        "output": TEXT,
        "output_format": FORMAT,
        "test_output_format": FORMAT,
        "test_name_format": FORMAT,
        "visibility": VISIBILITY,
        "stdout_visibility": VISIBILITY,
        "extra_data": {"type": "object"},
        "tests": {"type": "array", "items": GRADESCOPE_TEST},
        "leaderboard": {
            "type": "array",
            "items": thing({"name": TEXT, "value": {}, "order": {"enum": ["asc", "desc"]}}, "name", "value"),
        },
    }
)
GRADESCOPE["anyOf"] = [
    {"required": ["score"]},
    {"required": ["tests"], "properties": {"tests": {"items": {"required": ["score"]}}}},
]
PRAIRIELEARN = thing(
    {
        "gradable": {"type": "boolean"},
        "score": {"type": "number", "minimum": 0, "maximum": 1},
        "format_errors": {"type": "array", "items": TEXT},
        "message": TEXT,
        "output": TEXT,
        "tests": {
            "type": "array",
            "items": thing(
                {"name": TEXT, "points": NUMBER, "max_points": NUMBER, "message": TEXT}, "name", "points", "max_points"
            ),
        },
    }
)
COURSERA = thing(
    {
        "fractionalScore": {"type": "number", "minimum": 0, "maximum": 1},
        "feedback": TEXT,
        "feedbackType": {"const": "HTML"},
    },
    *("fractionalScore", "feedback", "feedbackType"),
)
STATUS = {"enum": ["pass", "fail", "error"]}
GITHUB = thing(
    {
        "status": STATUS,
        "max_score": NUMBER,
        "tests": {
            "type": "array",
            "items": thing(
                {"name": TEXT, "status": STATUS, "score": NUMBER, "message": TEXT, "line_no": {"type": "integer"}},
                *("name", "status", "score"),
                more=True,
            ),
        },
    },
    *("status", "max_score", "tests"),
    more=True,
)

"""Messages of Python itself."""

from __future__ import annotations

from graders.authoring.known.arrays import BEYOND, NO_INDEX, NO_ITEMS
from graders.authoring.known.pattern import Known

NONE = (
    "Something is None that should hold a value. Often a function ends without `return`, or the result is used of a "
    "method that changes its object in place and returns nothing."
)
ARGUMENTS = (
    "A function is called with more or fewer arguments than it takes. Compare its `def` line with the one that the "
    "exercise gives, and with the calls of it; a method also takes `self`."
)
KEYWORD = (
    "A function is called with an argument of a name that it does not have. Compare the names in its `def` line with "
    "those of the exercise, and with the call."
)
UNPACKED = (
    "There are more or fewer values on the right than names on the left. Print what is taken apart: how many values "
    "has it, and does the function return as many as the line expects?"
)
MIXED = (
    "An operator stands between two things of types that it cannot combine, such as text and a number, or a list and "
    "a number. Print the types of both."
)
TUPLE = (
    "A tuple, which is several results together, is used as if it were one array or tensor. Take it apart first: "
    "nn.RNN returns output, h_n and nn.LSTM output, (h_n, c_n)."
)
NO_NUMBER = "Something is turned into a number that is none. Print it with `repr` just before."

MESSAGES = (
    Known(r"^KeyError", "A dict was asked for a key that it does not hold. Print its keys: is the key of their type?"),
    Known(
        r"^RecursionError",
        "A function calls itself without end. Look at what stops it: is that case ever reached? A name that is used "
        "for two functions can do this too.",
    ),
    Known(
        r"^AssertionError",
        "An `assert` does not hold: what it states is not true of the values at this point. Print them before it.",
    ),
    Known(
        r"^ZeroDivisionError",
        "Something is divided by zero. Look at where the divisor comes from: a length or a count may be 0.",
    ),
    Known(
        r"^UnboundLocalError",
        "A name is used in a function before the function gives it a value. A name that is assigned anywhere in a "
        "function is local there: it needs a value first, on every way through.",
    ),
    Known(
        r"^NameError",
        "A name is used that has no value at this point. Look for a slip of the pen, and for the cell that should "
        "define it: does it stand above, and does it run?",
    ),
    Known(
        r"^(FileNotFoundError|NotADirectoryError|IsADirectoryError)",
        "A file is opened that is not there. Only the files handed out with the notebook are there when it is marked.",
    ),
    Known(
        r"^ModuleNotFoundError",
        "A module is imported that is not installed where this is marked. The notebook's first page says which are.",
    ),
    Known(r"^OverflowError", "A number has grown too large for a float. Look at what goes into exp or a power."),
    Known(
        r"math domain error|expected a (positive|nonnegative) input",
        "A function of `math`, such as log or sqrt, "
        "was given a number for which it is not defined. Print the argument: is it zero or negative?",
    ),
    Known(r"'NoneType'|NoneType object", NONE),
    Known(r"positional arguments? but|missing \d+ required|takes (exactly|at (most|least)|no) ", ARGUMENTS),
    Known(r"unexpected keyword argument|got multiple values for argument", KEYWORD),
    Known(
        r"object is not callable",
        "Round brackets stand behind something that is no function. Look for a variable with a function's name, and "
        "for a missing operator.",
    ),
    Known(
        r"object is not subscriptable",
        "Square brackets stand behind something that has no items, such as a number or a function. Print its type; "
        "a function has to be called first.",
    ),
    Known(r"cannot unpack non-iterable|(too many|not enough) values to unpack", UNPACKED),
    Known(
        r"object is not iterable|object is not reversible|object is not an iterator",
        "A loop or a function goes through something that has no items, such as a number. Is `range(...)` missing?",
    ),
    Known(
        r"^AttributeError: module '",
        "A module has no function of this name, in the version that is used here. Look for a slip of the pen, and for "
        "the name in the current documentation.",
    ),
    Known(r"^AttributeError: 'tuple' object has no attribute", TUPLE),
    Known(
        r"^AttributeError: .* has no attribute",
        "An object has no attribute or method of this name. Look for a slip of the pen; is the object of the type that "
        "the line expects, and does its `__init__` set the attribute?",
    ),
    Known(
        r"(str|string) indices must be integers, not 'str'|(list|tuple) indices must be integers or slices, not str",
        "A text stands in the brackets where the number of a place is expected. Print what stands there: is it a "
        "letter and not its index, or is the thing before the brackets no dictionary?",
    ),
    Known(r"tuple indices must be integers or slices, not tuple", TUPLE),
    Known(
        r"list indices must be integers or slices, not tuple",
        "A list is given several indices at once, which only an array or a tensor takes: a[i][j] for a list, or make "
        "an array of it before.",
    ),
    Known(r"(list|tuple|str|string|bytes) indices must be", NO_INDEX),
    Known(r"(list|tuple|string|assignment) index out of range|list assignment index", BEYOND),
    Known(r"unsupported operand|can only concatenate|must be str, not|multiply sequence by non-int", MIXED),
    Known(r"bad operand type|not supported between instances", MIXED),
    Known(
        r"^TypeError: unhashable type|cannot use '\w+' as a (dict key|set element)",
        "A list, a dict or an array is the key of a dict or an item of a set: use text, a number or a tuple.",
    ),
    Known(
        r"object does not support item assignment",
        "Something is written into that cannot be changed, such as text or a tuple. Make a new one, or use a list.",
    ),
    Known(
        r"object cannot be interpreted as an integer|integer is required|sequence of integers|must be tuple of ints",
        "A whole number is expected, and something else came, such as a float: `//` divides into whole numbers.",
    ),
    Known(r"has no len\(\)", "The length is asked of something that has none, such as a number. Print its type."),
    Known(r"invalid literal for int|could not convert string to float|argument must be a string", NO_NUMBER),
    Known(r"arg(ument)? is (an )?empty|(pop|choose) from (an )?empty|^StopIteration", NO_ITEMS),
    Known(
        r"is not in (list|tuple|deque)|substring not found",
        "A value is looked for where it does not occur. Print both.",
    ),
    Known(
        r"^Unicode(De|En)codeError",
        "A file is read or written in another encoding than it has: name it with `encoding=...`.",
    ),
    Known(r"expected a character, but string", "A single character is expected, and text of another length came."),
)

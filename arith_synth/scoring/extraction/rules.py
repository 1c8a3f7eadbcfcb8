"""The rules of extraction, in the order in which they are tried: a table, from which docs/extraction.md is made."""

from arith_synth.scoring.extraction.latex import plain_latex
from arith_synth.scoring.extraction.leftovers import after_thought, before_end_mark
from arith_synth.scoring.extraction.lines import (
    REMARK_WORDS,
    TICKS,
    answer_line,
    assigned,
    before_comment,
    before_remark,
    before_sentence_end,
    definition,
    first_line,
    joined_lines,
    program_line,
    stated,
)
from arith_synth.scoring.extraction.marks import (
    bold,
    boxed_answer,
    code_fence,
    inline_code,
    mathematics,
    quoted,
    tagged_answer,
)
from arith_synth.scoring.extraction.python_syntax import python_conditional, python_function, returned
from arith_synth.scoring.extraction.rule import Example, Rule
from arith_synth.scoring.extraction.signs import SIGNS, plain_signs

RULES: tuple[Rule, ...] = (
    Rule(
        name="thought",
        sentence="What a model thinks aloud, between `<think>` and `</think>` or in another channel, is dropped; a "
        "thought that never ends means no program.",
        examples=(
            Example(text="<think>f(1, 2) = 3, so a sum?</think>x + y", program="x + y"),
            Example(text="Maybe x * y.\n</think>\n\nx + y", program="x + y"),
            Example(text="A sum?<|end|><|start|>assistant<|channel|>final<|message|>x + y<|return|>", program="x + y"),
        ),
        apply=after_thought,
        needs=("<", "["),
        places=False,
    ),
    Rule(
        name="end_mark",
        sentence="The text ends at the first mark of its end, such as `<|endoftext|>`, `<|im_end|>` or `</s>`.",
        examples=(Example(text="x + y</s>x * y", program="x + y"),),
        apply=before_end_mark,
        needs=("<",),
        places=False,
    ),
    Rule(
        name="joined_lines",
        sentence="A program that is broken over several lines is read as one line.",
        examples=(Example(text="(x + y)\n  / (x - y)", program="(x + y) / (x - y)"),),
        apply=joined_lines,
        needs=("\n",),
    ),
    Rule(
        name="first_line",
        sentence="A first line that looks like a program is the answer: the prompt ends with `f(x, y) =`, and a model "
        "that was not told when to stop writes on.",
        examples=(
            Example(text=" x + y\n\nFind an expression for f(x, y) that uses only", program="x + y"),
            Example(text="x + y\nx * y\nx - y", program="x + y"),
        ),
        apply=first_line,
        needs=("\n",),
    ),
    Rule(
        name="answer_tag",
        sentence="The last `<answer>` tag holds the answer.",
        examples=(Example(text="It grows with both. <answer>x + y</answer>", program="x + y"),),
        apply=tagged_answer,
        needs=("<answer>",),
    ),
    Rule(
        name="boxed",
        sentence=r"The last `\boxed{…}` holds the answer.",
        examples=(Example(text=r"The final answer is $\boxed{x + y}$. I hope it is correct.", program="x + y"),),
        apply=boxed_answer,
        needs=("boxed",),
    ),
    Rule(
        name="answer_line",
        sentence="The answer follows the last `answer:` or `answer is`, in any case and in bold or not: in the same "
        "line, or below where that line ends. It counts only where what follows does not begin with a word.",
        examples=(
            Example(text="answer: x + y", program="x + y"),
            Example(text="Both matter.\n\n**Final Answer:** x + y", program="x + y"),
            Example(text="## Answer\n\nx + y", program="x + y"),
            Example(text="The answer is x * y? No: the answer is x + y.", program="x + y"),
            Example(text='{"answer": "x + y"}', program="x + y"),
        ),
        apply=answer_line,
        needs=("answer",),
    ),
    Rule(
        name="code_fence",
        sentence="The last code block between ``` that names a variable, or has a line like a program, holds the "
        "answer; what it is said to be written in does not matter, and it may lack its end.",
        examples=(
            Example(text="I suggest\n```\nx + y\n```\nwhich fits.", program="x + y"),
            Example(text="```python\nx + y\n```\n\n```text\nf(1, 2) = 3\n```", program="x + y"),
        ),
        apply=code_fence,
        needs=("```",),
    ),
    Rule(
        name="python_function",
        sentence="A `def` or `lambda` means what it returns, when that is all it does and its parameters are the "
        "grammar's variables in their order. Of several, the last `def` of `f`, else the last `def`, else the last "
        "`lambda`. It is read, never run.",
        examples=(
            Example(text='def f(x: int, y: int):\n    """A sum."""\n    return x + y  # both', program="x + y"),
            Example(text="f = lambda x, y: x + y", program="x + y"),
        ),
        apply=python_function,
        needs=("def", "lambda"),
    ),
    Rule(
        name="definition",
        sentence="The answer follows the last `f(x, y) =`, in the same line, or below where that line ends; the "
        "variables must be the grammar's in their order.",
        examples=(
            Example(text="f(x, y) = x + y", program="x + y"),
            Example(text="Try f(x, y) = x * y. No, it is **f(x,y) = x + y**.", program="x + y"),
        ),
        apply=definition,
        needs=("=",),
    ),
    Rule(
        name="inline_code",
        sentence="The last inline code with an operation on a variable is the answer, or the only one that looks "
        "like a program.",
        examples=(Example(text="I would say `x + y`, since `y` is added.", program="x + y"),),
        apply=inline_code,
        needs=("`",),
    ),
    Rule(
        name="mathematics",
        sentence=r"The last mathematics with an operation on a variable, between `$`, `$$`, `\(` or `\[`, is the "
        "answer, or the only one that looks like a program.",
        examples=(
            Example(text="That is $x + y$ for all $x$.", program="x + y"),
            Example(text="Hence\n\\[\nx + y\n\\]", program="x + y"),
        ),
        apply=mathematics,
        needs=("$", "\\(", "\\["),
    ),
    Rule(
        name="bold",
        sentence="The last bold text with an operation on a variable is the answer, or the only one that looks "
        "like a program; so is a line that is emphasized as a whole.",
        examples=(Example(text="I found **x + y** by trying.", program="x + y"),),
        apply=bold,
        needs=("*", "_"),
    ),
    Rule(
        name="stated",
        sentence="The answer follows the last `expression:`, `formula is` or the like (expression, formula, function, "
        "program, solution, result, rule), where what follows does not begin with a word.",
        examples=(
            Example(text="So the expression is x + y.", program="x + y"),
            Example(text='{"expression": "x + y"}', program="x + y"),
        ),
        apply=stated,
        needs=("expression", "formula", "function", "program", "solution", "result", "rule"),
    ),
    Rule(
        name="program_line",
        sentence="Of several lines, the last that looks like a program is the answer.",
        examples=(Example(text="Both count alike:\n\nx + y\n\nThis fits.", program="x + y"),),
        apply=program_line,
        needs=("\n",),
    ),
    Rule(
        name="return_line",
        sentence="A line `return …` means what it returns.",
        examples=(Example(text="return x + y", program="x + y"),),
        apply=returned,
        needs=("return",),
    ),
    Rule(
        name="assignment",
        sentence="A line `name = …` means what it assigns, unless the name is a variable of the grammar.",
        examples=(Example(text="result = x + y", program="x + y"), Example(text="= x + y", program="x + y")),
        apply=assigned,
        needs=("=",),
    ),
    Rule(
        name="comment",
        sentence="A comment after `#` is dropped.",
        examples=(Example(text="x + y  # a sum", program="x + y"),),
        apply=before_comment,
        needs=("#",),
        places=False,
    ),
    Rule(
        name="quotes",
        sentence="Quotes around a text are dropped, with what JSON or a sentence has after them.",
        examples=(Example(text='"x + y", "confidence": 0.9}', program="x + y"),),
        apply=quoted,
        needs=('"', "'", "“", "‘"),
        places=False,
    ),
    Rule(
        name="sentence_end",
        sentence="A program may end as a sentence does; what follows a period, a semicolon or a comma is dropped.",
        examples=(
            Example(text="x + y.", program="x + y"),
            Example(text="x + y, which fits all examples", program="x + y"),
        ),
        apply=before_sentence_end,
        needs=(".", ";", ","),
    ),
    Rule(
        name="remark",
        sentence="A tick after a program is dropped, and so is a remark that begins with "
        + ", ".join(f"`{word}`" for word in REMARK_WORDS)
        + ", in parentheses or not; other words are not, since `x squared` is not `x`.",
        examples=(
            Example(text="f(x, y) = x + y ✓", program="x + y"),
            Example(text="x - y / 2 (for all x, y)", program="x - y / 2"),
        ),
        apply=before_remark,
        needs=(*TICKS, *REMARK_WORDS),
    ),
    Rule(
        name="latex",
        sentence=r"LaTeX is read: `\frac`, `\cdot`, `\times`, `\div`, `\left(` and the like; braces are parentheses.",
        examples=(
            Example(text=r"\frac{x + 1}{y} \cdot 2", program="(x + 1) / y * 2"),
            Example(text=r"\left(x - \dfrac12\right) \times y", program="(x - 1 / 2) * y"),
        ),
        apply=plain_latex,
        needs=("\\", "{", "}"),
        places=False,
    ),
    Rule(
        name="signs",
        sentence="Typographic signs are plain ones: × · ⋅ ∙ ∗ are `*`, ÷ ∕ ⁄ are `/`, − – are `-`, and the full-width "
        "signs ＋ － ＊ ／ （ ） ， ＜ and other spaces are what they look like. Letters and digits of other "
        "scripts stay refused.",
        examples=(Example(text="x × y ÷ 2 − 1", program="x * y / 2 - 1"),),
        apply=plain_signs,
        needs=tuple(SIGNS),
        places=False,
    ),
    Rule(
        name="python_conditional",
        sentence="In a grammar with `if`, Python's `c if a < b else d` means `if a < b then c else d`.",
        examples=(
            Example(text="x + 1 if x < y else y", program="if x < y then x + 1 else y", grammar="xycond"),
            Example(text="2 * (1 if x < y else 3)", program="2 * (if x < y then 1 else 3)", grammar="xycond"),
        ),
        apply=python_conditional,
        needs=("else",),
        places=False,
    ),
)

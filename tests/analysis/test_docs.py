import pytest

from analysis.columns import MEANINGS
from analysis.docs import COMMAND, FOLDER, empty, pages
from analysis.questions import questions
from analysis.tables import DESCRIBED

PAGES = pages()


@pytest.mark.parametrize("name", list(PAGES))
def test_a_generated_page_is_what_the_sql_and_the_schemas_say(name):
    written = (FOLDER / name).read_text(encoding="utf-8")
    assert written == PAGES[name], f"docs/{name} is stale: write it again with `{COMMAND}`"


def test_every_question_has_a_section_with_its_summary_its_sql_and_no_dashes_of_a_comment():
    page = PAGES["questions.md"]
    for name, one in questions().items():
        section = page.split(f"\n### {name}\n")[1].split("\n### ")[0]
        assert one.sql.splitlines()[-1] in section
        assert "\n-- " not in section


def test_every_column_of_every_table_has_a_meaning_and_no_other_has():
    for table, (_, columns) in DESCRIBED.items():
        assert list(MEANINGS[table]) == list(columns)
    page = PAGES["results.md"]
    connection = empty()
    for table in (*DESCRIBED, "predictions", "crafted", "trained", "measured"):
        section = page.split(f"\n### {table}\n")[1].split("\n### ")[0]
        for column, *_ in connection.execute(f"describe {table}").fetchall():
            assert f"| `{column}` |" in section

"""Parameters: given to the lessons that declare them, refused where they are wrong."""

import pytest

from tutorial.errors import UsageError
from tutorial.parameters import combinations, declared_parameters, read_grid, read_parameters

TYPED = 'rate: float = 0.1  # a rate\nsteps: int = 3  # how many\nname: str = "x"  # a name'


def test_a_parameter_goes_to_the_lessons_that_declare_it(write_notebook):
    first = write_notebook(name="first.ipynb", parameters=TYPED)
    second = write_notebook(name="second.ipynb")
    given = read_parameters([first, second], [("steps", "5"), ("seed", "2"), ("rate", "1e-3")])
    assert given == {first: {"steps": 5, "rate": 0.001}, second: {"seed": 2}}


def test_a_parameter_that_no_lesson_declares_is_refused(write_notebook):
    with pytest.raises(UsageError, match="no lesson has a parameter 'epoch'"):
        read_parameters([write_notebook(parameters=TYPED)], [("epoch", "1")])


@pytest.mark.parametrize(("name", "value"), [("steps", "2.5"), ("rate", "fast"), ("steps", "")])
def test_a_value_of_the_wrong_type_is_refused(write_notebook, name, value):
    with pytest.raises(UsageError, match=f"parameter '{name}' is a "):
        read_parameters([write_notebook(parameters=TYPED)], [(name, value)])


def test_declared_parameters_carry_their_types(write_notebook):
    lesson = write_notebook(parameters=TYPED)
    assert declared_parameters(lesson) == {"rate": "float", "steps": "int", "name": "str"}


def test_a_file_that_is_no_notebook_is_refused_in_one_line(tmp_path):
    (tmp_path / "page.ipynb").write_text("<html>")
    with pytest.raises(UsageError, match=r"page.ipynb is no notebook"):
        declared_parameters(tmp_path / "page.ipynb")


def test_the_combinations_are_every_one():
    assert combinations({"a": [1, 2], "b": [3]}) == [{"a": 1, "b": 3}, {"a": 2, "b": 3}]
    assert combinations({}) == [{}]


def test_a_value_written_in_two_ways_is_one_value(write_notebook):
    lesson = write_notebook(parameters=TYPED)
    assert read_grid(lesson, [["rate", "0.1", "0.10", "1e-1"]], None) == {"rate": [0.1]}


@pytest.mark.parametrize("value", ["nan", "inf", "-inf"])
def test_a_value_that_is_no_number_is_refused(write_notebook, value):
    with pytest.raises(UsageError, match="parameter 'rate' is a float"):
        read_grid(write_notebook(parameters=TYPED), [["rate", "1", value]], None)


def test_seeds_given_twice_are_refused(write_notebook):
    with pytest.raises(UsageError, match="not both"):
        read_grid(write_notebook(), [["seed", "7", "8"]], 3)

"""Parameters: given to the lessons that declare them, refused where they are wrong."""

import pytest

from tutorial.errors import UsageError
from tutorial.parameters import combinations, declared_parameters, prepare_for, read_grids

TYPED = 'rate: float = 0.1  # a rate\nsteps: int = 3  # how many\nname: str = "x"  # a name'


def test_a_parameter_goes_to_the_lessons_that_declare_it(write_notebook):
    first = write_notebook(name="first.ipynb", parameters=TYPED)
    second = write_notebook(name="second.ipynb")
    grids = read_grids([first, second], [("steps", "5"), ("seed", "2"), ("rate", "-1e-3")])
    assert grids == {first: {"steps": [5], "rate": [-0.001]}, second: {"seed": [2]}}


def test_a_parameter_that_no_lesson_declares_is_refused(write_notebook):
    with pytest.raises(UsageError, match="no lesson has a parameter 'epoch'"):
        read_grids([write_notebook(parameters=TYPED)], [("epoch", "1")])


@pytest.mark.parametrize(
    ("name", "value"),
    [("steps", "2.5"), ("rate", "fast"), ("steps", ""), ("rate", "nan"), ("rate", "-inf")],
)
def test_a_value_of_the_wrong_type_is_refused(write_notebook, name, value):
    with pytest.raises(UsageError, match=f"parameter '{name}' is a "):
        read_grids([write_notebook(parameters=TYPED)], [(name, "1", value)])


def test_declared_parameters_carry_their_types(write_notebook):
    lesson = write_notebook(parameters=TYPED)
    assert declared_parameters(lesson) == {"rate": "float", "steps": "int", "name": "str"}


@pytest.mark.parametrize("content", ["<html>", "", "[]", "3", '{"cells": 3}', '{"nbformat": 3}'])
def test_a_file_that_is_no_notebook_is_refused_in_one_line(tmp_path, content):
    (tmp_path / "page.ipynb").write_text(content)
    with pytest.raises(UsageError, match=r"page.ipynb is no notebook") as refused:
        declared_parameters(tmp_path / "page.ipynb")
    assert "\n" not in str(refused.value)


def test_the_combinations_are_every_one():
    assert combinations({"a": [1, 2], "b": [3]}) == [{"a": 1, "b": 3}, {"a": 2, "b": 3}]
    assert combinations({}) == [{}]


def test_a_value_written_in_two_ways_is_one_value(write_notebook):
    lesson = write_notebook(parameters=TYPED)
    assert read_grids([lesson], [["rate", "0.1", "0.10", "1e-1"]]) == {lesson: {"rate": [0.1]}}


def test_seeds_given_twice_are_refused(write_notebook):
    with pytest.raises(UsageError, match="not both"):
        read_grids([write_notebook()], [["seed", "7", "8"]], 3)


def test_other_images_under_the_same_name_are_another_run(
    write_notebook, small, tmp_path, monkeypatch
):
    from cifar10_files import pictures, write_zip

    from helpers import find

    monkeypatch.setattr(find, "_project", lambda: tmp_path)  # what is decoded goes there
    lesson = write_notebook(parameters='data_source: str = ""  # where')
    other = write_notebook(name="other.ipynb")
    files = pictures()
    first, second = [name for name in files if name.startswith("test/")][:2]
    swapped = files | {first: files[second], second: files[first]}
    keys = []
    for content in (files, swapped):
        archive = write_zip(tmp_path / "mine.zip", content)
        data, environment = prepare_for({lesson: {"data_source": [str(archive)]}, other: {}})
        assert environment == {"CIFAR10_SOURCE": str(archive)}
        assert list(data) == [lesson]  # what needs no images does not depend on them
        keys.append(data[lesson])
    assert keys[0] != keys[1]

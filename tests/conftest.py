import nbformat
import pytest


@pytest.fixture
def write_notebook(tmp_path):
    """Write a small notebook: a parameters cell first, then the given code cells."""

    def write(*cells, name="lesson.ipynb", parameters="seed: int = 1  # where to start"):
        notebook = nbformat.v4.new_notebook(
            metadata={
                "kernelspec": {"name": "python3", "display_name": "Python 3", "language": "python"}
            }
        )
        first = nbformat.v4.new_code_cell(parameters, metadata={"tags": ["parameters"]})
        notebook.cells = [first, *map(nbformat.v4.new_code_cell, cells)]
        path = tmp_path / name
        nbformat.write(notebook, path)
        return path

    return write

"""Execute notebooks under pytest and compare what they print with what is stored.

``plugin`` is the pytest plugin, ``comparison`` compares two lists of outputs with the help of
``words`` and ``pictures``, ``kernels`` starts what they run in. None of them knows anything of this
tutorial.
"""

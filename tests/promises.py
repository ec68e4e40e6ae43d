"""What this project promises about accidents and wrong use, and the tests that hold it to that."""

CHANGES = "tests/test_comparison.py::test_a_change_is_caught_in_both_directions"
SAME = "tests/test_comparison.py::test_a_harmless_variation_passes"
LETTER = "tests/test_comparison.py::test_one_letter_is_missed_in_a_picture_with_a_wide_tolerance"
KINDS = "tests/test_cli.py::test_names_of_every_kind_work"
WRONG_SWEEP = "tests/test_sweep.py::test_wrong_use_is_refused_before_anything_runs"

PROMISES = {
    # batch runs
    "a cell that kills its worker fails its own run only": [
        "tests/test_sweep.py::test_a_cell_that_kills_its_worker_takes_no_other_run_with_it",
    ],
    "a time limit may be a fraction of a second, and must be a number above 0": [
        "tests/test_sweep.py::test_failed_runs_are_named_and_the_others_are_kept",
        WRONG_SWEEP,
    ],
    "a flood of output ends no run, and is not repeated in reports": [
        "tests/test_execute.py::test_a_flood_is_cut_and_the_notebook_says_so",
        "tests/test_execute.py::test_a_display_without_end_is_cut_too",
        "tests/test_execute.py::test_what_a_failed_cell_said_is_one_short_line_that_steers_no_screen",
    ],
    "a folder for results may have braces in its name": [KINDS],
    "a lesson may have braces in its path": [KINDS],
    "the path of the folder for temporary files may be long": [KINDS],
    "other images under the same name are another run": [
        "tests/test_parameters.py::test_other_images_under_the_same_name_are_another_run",
        "tests/test_find.py::test_other_pictures_under_the_same_name_have_another_key",
        "tests/test_execute.py::test_a_finished_run_is_kept_until_something_changes",
    ],
    "the table of a run says which images were really used": [
        "tests/test_cli.py::test_the_table_says_which_images_a_lesson_really_used",
    ],
    "two notebooks of one name never replace each other's result": [
        "tests/test_cli.py::test_two_notebooks_of_one_name_are_refused_before_anything_runs",
    ],
    "a notebook is never replaced by its own result": [
        "tests/test_cli.py::test_a_notebook_is_never_replaced_by_its_own_result",
    ],
    "a notebook of an old format runs": [
        "tests/test_cli.py::test_a_notebook_of_an_old_format_runs"
    ],
    "seeds that were given are never dropped": [
        "tests/test_parameters.py::test_seeds_given_twice_are_refused",
        WRONG_SWEEP,
    ],
    "a metric that nothing recorded is told, and no empty picture drawn": [
        "tests/test_sweep.py::test_a_metric_that_is_no_recorded_number_is_told",
    ],
    "a sweep without a grid ends with its table": [
        "tests/test_sweep.py::test_a_sweep_of_a_lesson_as_it_stands_has_a_picture_too",
    ],
    "a killed run leaves nothing for ever": [
        "tests/test_cli.py::test_a_run_that_is_killed_or_interrupted_leaves_nothing_behind",
        "tests/test_sweep.py::test_after_kill_9_nothing_finished_is_lost_or_rerun",
    ],
    "whoever asks a command to end gets one line, exit code 1 and no litter": [
        "tests/test_status.py::test_whoever_asks_a_command_to_end_gets_one_line_and_no_process_is_left",
        "tests/test_cli.py::test_an_interruption_anywhere_is_exit_code_1",
        "tests/test_status.py::test_ctrl_c_typed_again_and_again_leaves_one_line",
        "tests/test_sweep.py::test_ctrl_c_stops_cleanly_and_says_how_to_go_on",
        "tests/test_sweep.py::test_ctrl_c_while_workers_start_is_one_line_too",
    ],
    "a worker that was killed is replaced, and leaves no half notebook": [
        "tests/test_sweep.py::test_a_killed_kernel_fails_its_run_and_a_killed_worker_is_replaced",
    ],
    "a full disk is told, and no file is spoken of that is not there": [
        "tests/test_sweep.py::test_a_full_disk_is_a_failure_with_a_reason",
        "tests/test_sweep.py::test_a_table_that_finds_no_room_is_told_and_the_old_one_stays",
        "tests/test_sweep.py::test_without_numbers_nobody_speaks_of_a_picture",
    ],
    "a place that cannot be written is wrong use, found before anything runs": [
        "tests/test_cli.py::test_a_place_that_nobody_can_write_to_is_refused",
        "tests/test_sweep.py::test_a_read_only_folder_is_refused_in_one_line",
    ],
    "a file that is no notebook is refused in one line": [
        "tests/test_parameters.py::test_a_file_that_is_no_notebook_is_refused_in_one_line",
    ],
    "a value may be negative with an exponent, and is counted once however it is written": [
        "tests/test_sweep.py::test_a_sweep_runs_every_combination_and_gathers_the_results",
        "tests/test_parameters.py::test_a_value_written_in_two_ways_is_one_value",
    ],
    "a value that no table can order is refused before anything runs": [
        "tests/test_parameters.py::test_a_value_of_the_wrong_type_is_refused",
        WRONG_SWEEP,
    ],
    "what a lesson records takes the place of no parameter": [
        "tests/test_execute.py::test_a_lesson_that_runs_gets_its_final_name_and_its_metrics",
    ],
    "a record of another kind disturbs nobody": [
        "tests/test_execute.py::test_a_record_of_another_kind_is_none",
    ],
    "a Dask cluster is left without kernels and litter": [
        "tests/test_sweep.py::test_a_dask_cluster_completes_a_sweep_and_is_left_alone_after_ctrl_c",
    ],
    "an address of no Dask scheduler is one line": [WRONG_SWEEP],
    "a reader that goes away ends a command quietly": [
        "tests/test_cli.py::test_a_reader_that_goes_away_ends_the_command_quietly",
    ],
    "a terminal of few letters ends no run": [
        "tests/test_cli.py::test_a_narrow_terminal_ends_no_run",
    ],
    # data
    "a pipe or a device as a source or in it is refused, and holds nobody up": [
        "tests/test_find.py::test_a_pipe_is_refused_before_anything_is_locked",
        "tests/test_sources.py::test_a_pipe_is_refused_and_never_opened",
        "tests/test_sources.py::test_a_picture_that_leads_to_a_device_is_refused",
    ],
    "a folder that may not be read is named as that": [
        "tests/test_sources.py::test_what_may_not_be_read_is_named",
        "tests/test_find.py::test_a_source_in_a_closed_folder_is_one_clear_error",
    ],
    "damaged pixels in the cache are noticed": [
        "tests/test_find.py::test_a_damaged_cache_is_made_again_from_its_source",
        "tests/test_find.py::test_any_damaged_byte_is_noticed_or_without_effect",
        "tests/test_find.py::test_a_folder_named_like_a_cache_is_damaged",
    ],
    "a relative path starts at the working directory, the project's folder or ~": [
        "tests/test_find.py::test_a_relative_path_starts_where_the_documentation_says",
    ],
    "a damaged archive is one line": [
        "tests/test_sources.py::test_a_damaged_member_of_a_zip_is_one_clear_error",
    ],
    "nothing in a source takes all memory": [
        "tests/test_sources.py::test_of_an_enormous_picture_only_the_beginning_is_read",
        "tests/test_sources.py::test_a_tar_archive_of_pictures_is_refused",
    ],
    "a data folder that may not be written is told from a full disk": [
        "tests/test_find.py::test_a_folder_one_may_not_write_to_is_one_clear_error",
        "tests/test_find.py::test_a_read_only_file_system_is_one_clear_error",
        "tests/test_find.py::test_a_full_disk_is_one_clear_error_and_leaves_nothing_behind",
    ],
    "a grey picture of 16 bits is refused": [
        "tests/test_sources.py::test_a_grey_image_of_16_bits_is_refused",
    ],
    # checker
    "the last printed digit is compared, of numbers of up to seven": [CHANGES, SAME],
    "a number at a line's end is no duration": [CHANGES],
    "small numbers are compared, with their sign": [CHANGES],
    "durations may vary, but not without limit, and not their unit alone": [CHANGES, SAME],
    "spaces count, but for the padding of columns": [CHANGES, SAME],
    "large numbers and short ones are compared to their last digit": [CHANGES],
    "a hexadecimal number counts, an address of an object does not": [CHANGES, SAME],
    "a number written in another way is another": [CHANGES],
    "the sign of a zero and a plus sign count": [CHANGES],
    "a picture that became transparent is another": [CHANGES],
    "the order of keys in JSON and noise in a picture make no difference": [SAME],
    "a missing letter in a picture is found, unless its cell asks for a wide tolerance": [
        CHANGES,
        LETTER,
    ],
    # a learner's folder
    "a full disk costs no notes on the start page": [
        "tests/test_copies.py::test_a_full_disk_leaves_every_copy_as_it_was",
    ],
    "a full disk breaks no lesson, and an update then goes on": [
        "tests/test_copies.py::test_a_full_disk_leaves_every_copy_as_it_was",
        "tests/test_copies.py::test_a_copy_that_nobody_changed_follows_the_lesson",
    ],
    "an update keeps outputs, attachments and tags of cells that stay": [
        "tests/test_copies.py::test_a_copy_that_follows_keeps_what_the_learner_has_in_cells_that_stay",
        "tests/test_copies.py::test_an_attachment_stays_when_the_copy_follows",
    ],
    "nothing is written through a link out of the folder": [
        "tests/test_copies.py::test_a_link_is_left_alone_and_nothing_is_written_through_it",
    ],
    "a learner's folder that cannot be written is one line": [
        "tests/test_copies.py::test_a_folder_that_cannot_be_written_is_one_line",
    ],
    # refresh and answers
    "only lessons are refreshed, another notebook stays as it was": [
        "tests/test_refresh.py::test_a_notebook_outside_the_project_is_refused_and_left_as_it_was",
    ],
    "a dead kernel stores nothing, and is one line": [
        "tests/test_refresh.py::test_a_dead_kernel_is_told_in_one_line_and_nothing_is_stored",
    ],
    "answers are written over nobody's work": [
        "tests/test_answers.py::test_nobodys_work_is_replaced_by_answers",
    ],
    "answers are written over no lesson": [
        "tests/test_answers.py::test_nobodys_work_is_replaced_by_answers",
        "tests/test_answers.py::test_the_lessons_are_left_as_they_are",
    ],
    "a file in the way of answers is one line": [
        "tests/test_answers.py::test_a_file_in_the_way_of_answers_is_one_line",
    ],
    # strangers' code
    "teachers are warned that submissions are programs, and can grade them shut off": [
        "tests/test_grade.py::test_a_warning_stands_before_what_runs_a_submission",
        "tests/test_grade.py::test_nobody_changes_a_file_reaches_a_network_or_learns_a_secret",
    ],
    "what a notebook says steers no terminal": [
        "tests/test_execute.py::test_what_a_failed_cell_said_is_one_short_line_that_steers_no_screen",
        "tests/test_execute.py::test_what_a_lesson_records_steers_no_screen",
    ],
}

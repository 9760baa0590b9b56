"""The faults that tests make happen: each has a test that is marked with `fault`."""

from __future__ import annotations

from typing import Final

FAULTS: Final = (
    # --- what a client sends ---
    "malformed or empty JSON, unknown types, dunder names": (
        "faults/test_bad_input.py::test_what_is_no_message_is_malformed",
        "faults/test_bad_input.py::test_a_type_that_nobody_knows",
        "faults/test_bad_input.py::test_twenty_errors_in_a_minute_close_with_4400",
        "protocol/test_messages.py::test_arbitrary_text_is_parsed_or_answered",
    ),
    "a variance that is no finite number within its limits": (
        "faults/test_bad_input.py::test_fields_are_checked_before_anything_happens",
        "core/test_parameters.py::test_check_parameter_refuses_what_is_no_finite_number_in_range",
        "views/test_forms.py::test_parameter_is_refused_in_its_own_words",
        "admin/test_motions.py::test_bad_value_in_the_form_is_refused_beside_its_field",
        "services/test_motions.py::test_bad_value_is_refused_and_changes_nothing",
        "models/test_models.py::test_database_refuses_a_motion_out_of_limits",
        "models/test_models.py::test_database_refuses_a_change_with_nan",
    ),
    "a binary frame, invalid UTF-8, an unmasked frame, 2 MB, garbage": (
        "faults/test_bad_input.py::test_a_binary_frame_is_malformed",
        "faults/test_bad_input.py::test_invalid_utf8_closes_that_socket_alone",
        "faults/test_bad_input.py::test_an_unmasked_frame_closes_that_socket_alone",
        "faults/test_bad_input.py::test_a_frame_of_2_mb_closes_that_socket_alone",
        "faults/test_fuzz.py::test_bytes_that_are_no_frames_close_their_socket_alone",
    ),
    "a flood of messages": (
        "faults/test_bad_input.py::test_a_flood_closes_with_4429_and_delays_nobody",
        "server/test_server.py::test_messages_that_pile_up_close_their_socket",
    ),
    "floods of pings, pongs, fragments; messages that never end": (
        "faults/test_limits.py::test_floods_of_frames_close_their_sockets_and_delay_nobody",
        "faults/test_limits.py::test_frames_beyond_a_limit_close_their_socket_with_its_code",
        "faults/test_limits.py::test_unfinished_messages_take_no_memory",
        "server/test_server.py::test_pongs_that_nobody_reads_close_their_socket_and_pile_up_no_further",
    ),
    "a long body, an answer that nobody reads": (
        "server/test_server.py::test_a_long_body_is_refused_before_it_is_read",
        "faults/test_limits.py::test_request_beyond_a_limit_is_refused_at_its_head",
        "faults/test_limits.py::test_requests_that_are_dear_to_read_delay_nobody",
        "faults/test_limits.py::test_bodies_of_one_address_have_a_limit_together",
        "server/test_server.py::test_a_long_answer_waits_for_its_reader_who_is_cut_off_in_the_end",
    ),
    "many who ask for the same numbers at once": (
        "faults/test_limits.py::test_statistics_that_fifty_ask_for_at_once_take_no_memory",
        "core/test_single_flight.py::test_value_is_computed_once_for_all_waiting_callers",
    ),
    "many exports at once": (
        "faults/test_limits.py::test_twenty_exports_at_once_take_no_memory_and_delay_nobody",
    ),
    "a request that drips byte by byte, many connections without one": (
        "server/test_server.py::test_a_request_that_drips_is_cut_off",
        "server/test_server.py::test_a_connection_lives_between_its_requests_and_is_closed_when_it_idles",
        "server/test_server.py::test_one_address_has_so_many_connections_without_a_request",
    ),
    "any query, address, cookie, form, header, variable": (
        "faults/test_fuzz.py::test_any_query_is_answered",
        "faults/test_fuzz.py::test_any_address_and_cookie_is_answered",
        "faults/test_fuzz.py::test_any_form_is_taken_or_refused",
        "faults/test_fuzz.py::test_any_origin_is_ours_or_not",
        "faults/test_fuzz.py::test_any_variable_is_read_or_stops_the_start_in_a_sentence",
    ),
    "sync with a step that is negative, in the future, 1e30, of another epoch": (
        "live/test_socket.py::test_sync_from_nowhere_gets_a_history",
        "live/test_socket.py::test_sync_of_another_epoch_gets_a_history",
    ),
    "a doubled click, a retried command": (
        "live/test_socket_commands.py::test_change_to_present_values_sends_nothing",
        "views/test_people_pages.py::test_doubled_click_restarts_once",
        "browser/test_page_controls.py::test_double_click_pauses_once",
    ),
    # --- who it is ---
    "no Origin, null, another site's, another port's": (
        "faults/test_bad_input.py::test_a_foreign_origin_is_refused_at_the_handshake",
        "site/test_origin.py::test_origin_is_ours_only_with_our_host_scheme_and_port",
    ),
    "signed out elsewhere, session expired, deactivated, another password": (
        "live/test_socket_people.py::test_ended_session_closes_its_sockets_only",
        "live/test_sessions.py::test_find_ended_finds_the_ended_session_only",
    ),
    "a role taken away while connected": (
        "live/test_socket_commands.py::test_removed_role_counts_at_the_next_command",
    ),
    "a viewer sends a change": (
        "live/test_socket_commands.py::test_control_policy_decides_who_may_change",
    ),
    "somebody else's private motion, by any way": (
        "views/test_private.py::test_private_motion_is_like_none",
        "live/test_socket_people.py::test_private_motion_closes_a_socket_like_a_missing_one",
    ),
    "a post from elsewhere, a GET that would change something": (
        "views/test_people_pages.py::test_post_from_elsewhere_does_nothing",
        "views/test_people_pages.py::test_seeing_a_page_changes_nothing",
    ),
    "too many requests at once": (
        "site/test_limits.py::test_requests_beyond_those_at_work_wait_in_order",
        "site/test_limits.py::test_requests_of_one_address_wait_and_those_of_another_do_not",
        "site/test_limits.py::test_requests_of_one_address_beyond_those_that_wait_are_refused",
    ),
    "too many sockets of one address or person, a forged address": (
        "site/test_limits.py::test_one_address_has_so_many_and_another_is_not_concerned",
        "site/test_limits.py::test_one_person_has_so_many_from_whatever_address",
        "site/test_limits.py::test_behind_our_proxy_the_address_is_the_clients_and_cannot_be_forged",
    ),
    # --- how a client reads ---
    "a reader that stops reading, silent or still talking",
    "a half-open connection",
    "a hidden, throttled tab; a laptop asleep",
    "a connection that drops a hundred times",
    # --- who changes what ---
    "a bad value in the admin: form, list, action": (
        "admin/test_motions.py::test_bad_value_in_the_form_is_refused_beside_its_field",
        "admin/test_motions.py::test_bad_value_in_the_list_is_refused_and_nothing_half_done",
    ),
    "a row changed by SQL": (
        "faults/test_bad_input.py::test_a_running_row_edited_by_sql_reaches_clients_by_the_next_tick",
        "faults/test_bad_input.py::test_a_paused_row_edited_by_sql_reaches_clients_within_the_sweep",
    ),
    "two people change the same thing at once": (
        "live/test_socket_commands.py::test_one_of_two_changes_at_one_revision_is_refused",
        "live/test_socket_commands.py::test_stale_revision_is_refused_to_its_sender_only",
    ),
    "a motion deleted while it streams": (
        "live/test_socket_commands.py::test_deleted_motion_closes_streaming_sockets",
    ),
    "a motion whose tick raises": (
        "faults/test_one_server.py::test_a_motion_whose_tick_raises_is_put_off_and_stops_no_other",
    ),
    "a state lost while the motion is paused": (
        "faults/test_one_server.py::test_a_change_that_nobody_was_told_of_is_noticed",
        "page/live/test_sync.py::test_sync_requests_a_missed_change_without_steps",
    ),
    # --- processes ---
    "two workers, or many",
    "kill -9 of a worker at any point of a tick",
    "SIGTERM to a server, and a rolling restart, with 500 clients",
    "kill -9 of a server",
    "old and new code side by side",
    "a backup restored",
    # --- what they stand on ---
    "the database locked for long, or gone": (
        "faults/test_one_server.py::test_while_the_database_is_locked_the_stream_stands_still",
        "faults/test_one_server.py::test_what_a_locked_database_cannot_do_is_unavailable",
        "faults/test_parts_gone.py::test_a_database_that_is_gone_stops_the_stream_and_nothing_else",
        "browser/test_page_faults.py::test_worker_that_does_not_answer_is_told_and_forgotten",
        "site/test_errors.py::test_request_is_answered_503_whichever_query_fails",
        "site/test_errors.py::test_change_is_answered_503_while_the_database_is_locked",
        "faults/test_parts_gone.py::test_first_page_after_a_restart_of_the_database_is_answered",
    ),
    "a network that lets no socket through": (
        "browser/test_page_faults.py::test_page_without_a_socket_is_kept_up_to_date_by_polling",
    ),
    "an upgrade of the site under a page that stays open": (
        "browser/test_page_faults.py::test_pages_come_back_by_themselves_with_the_whole_path",
        "page/pages/test_upgrade_notice.py::test_upgrade_reloads_once_for_each_version",
    ),
    "Back, after signing out": (
        "browser/test_accounts.py::test_going_back_shows_nothing_of_a_person_who_signed_out",
    ),
    "a form that was opened before signing in from another tab, cookies off": (
        "site/test_errors.py::test_stale_sign_in_leads_a_signed_in_person_on",
        "site/test_errors.py::test_stale_form_is_refused_on_a_page_of_ours",
        "site/test_errors.py::test_form_from_a_browser_without_cookies_says_that_they_are_needed",
    ),
    "a PostgreSQL that hangs while its machine acknowledges, and a SIGTERM": (
        "faults/test_hanging_database.py::test_sigterm_ends_who_waits_for_a_database_that_hangs",
    ),
    "a network that loses every packet between a site and PostgreSQL": (
        "faults/test_dark_network.py::"
        "test_a_dark_network_holds_the_stream_up_for_seconds_and_not_for_hours",
    ),
    "Redis restarted at once, away for 2 s, idle, hanging, never there": (
        "faults/test_parts_gone.py::test_a_layer_restarted_at_once_leaves_nobody_deaf",
        "faults/test_cluster.py::test_after_valkey_was_away_every_client_is_whole",
        "faults/test_parts_gone.py::test_an_idle_layer_disconnects_nobody",
        "live/test_socket_people.py::test_hanging_layer_delays_nobody",
        "faults/test_cluster.py::test_without_valkey_from_the_start_the_sweep_shows_the_steps",
    ),
}

"""The pages' addresses."""

from django.urls import path

from .views.accounts import keep_seat
from .views.administration import delete_motion, motion_settings, restart_motion
from .views.ensemble import ensemble_csv, ensemble_json, ensemble_npz, laws_json, slice_json
from .views.frames import frames_json
from .views.invitations import join, join_code, motion_share
from .views.lessons import change_lesson, lesson_json, start_lesson
from .views.lists import motions, new_motion
from .views.members import (
    change_guests,
    hand_over,
    leave_motion,
    motion_people,
    people_json,
    remove_from_motion,
    transfer_motion,
)
from .views.motions import default_motion, motion, motion_changes
from .views.path import epochs_json, path_csv, path_json, path_npz, statistics_json
from .views.questions import answer_question, change_questions, questions_csv, questions_json
from .views.reproduce import changes_csv, reproduce

urlpatterns = [
    path("", default_motion, name="default-motion"),
    path("motions/", motions, name="motions"),
    path("motions/new/", new_motion, name="new-motion"),  # a slug that services refuse
    path("motions/new/lesson/", start_lesson, name="start-lesson"),
    path("motions/<slug:slug>/", motion, name="motion"),
    path("motions/<slug:slug>/path.json", path_json, name="path-json"),
    path("motions/<slug:slug>/path.csv", path_csv, name="path-csv"),
    path("motions/<slug:slug>/path.npz", path_npz, name="path-npz"),
    path("motions/<slug:slug>/statistics.json", statistics_json, name="statistics-json"),
    path("motions/<slug:slug>/ensemble.json", ensemble_json, name="ensemble-json"),
    path("motions/<slug:slug>/ensemble.csv", ensemble_csv, name="ensemble-csv"),
    path("motions/<slug:slug>/ensemble.npz", ensemble_npz, name="ensemble-npz"),
    path("motions/<slug:slug>/slice.json", slice_json, name="slice-json"),
    path("motions/<slug:slug>/laws.json", laws_json, name="laws-json"),
    path("motions/<slug:slug>/epochs.json", epochs_json, name="epochs-json"),
    path("motions/<slug:slug>/frames.json", frames_json, name="frames-json"),
    path("motions/<slug:slug>/hand-over/", hand_over, name="hand-over"),
    path("motions/<slug:slug>/people.json", people_json, name="people-json"),
    path("motions/<slug:slug>/questions/", change_questions, name="motion-questions"),
    path("motions/<slug:slug>/answers/", answer_question, name="motion-answers"),
    path("motions/<slug:slug>/questions.json", questions_json, name="questions-json"),
    path("motions/<slug:slug>/questions.csv", questions_csv, name="questions-csv"),
    path("motions/<slug:slug>/lesson/", change_lesson, name="motion-lesson"),
    path("motions/<slug:slug>/lesson.json", lesson_json, name="lesson-json"),
    path("motions/<slug:slug>/changes/", motion_changes, name="motion-changes"),
    path("motions/<slug:slug>/settings/", motion_settings, name="motion-settings"),
    path("motions/<slug:slug>/reproduce/", reproduce, name="reproduce"),
    path("motions/<slug:slug>/reproduce/changes.csv", changes_csv, name="changes-csv"),
    path("motions/<slug:slug>/restart/", restart_motion, name="restart-motion"),
    path("motions/<slug:slug>/delete/", delete_motion, name="delete-motion"),
    path("motions/<slug:slug>/share/", motion_share, name="motion-share"),
    path("motions/<slug:slug>/people/", motion_people, name="motion-people"),
    path(
        "motions/<slug:slug>/people/<int:membership>/transfer/",
        transfer_motion,
        name="transfer-motion",
    ),
    path(
        "motions/<slug:slug>/people/<int:membership>/remove/",
        remove_from_motion,
        name="remove-member",
    ),
    path("motions/<slug:slug>/guests/", change_guests, name="motion-guests"),
    path("motions/<slug:slug>/keep-seat/", keep_seat, name="keep-seat"),
    path("motions/<slug:slug>/leave/", leave_motion, name="leave-motion"),
    path("join/", join_code, name="join-code"),
    path("join/<slug:token>/", join, name="join"),  # a slug has the letters of a token
]

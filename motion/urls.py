"""The pages of the motions."""

urlpatterns: list = []

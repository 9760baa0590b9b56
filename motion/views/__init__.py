"""The pages: parse → authorise → call → reply, and nothing else."""

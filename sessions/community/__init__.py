"""What is different where a whole work community meets: sub-groups, who came among many, the manager, its themes."""

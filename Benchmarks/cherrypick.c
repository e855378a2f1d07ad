// Carries the commits BASE..TIP onto TAG with libgit2's own cherry-pick, in memory, as the bench compares it.

#include <git2.h>
#include <stdio.h>
#include <stdlib.h>

static void check(int code, const char *what) {
  if (code >= 0) return;
  const git_error *error = git_error_last();
  fprintf(stderr, "%s: %s\n", what, error ? error->message : "failed");
  exit(1);
}

int main(int count, char **arguments) {
  if (count != 5) {
    fputs("usage: cherrypick REPOSITORY BASE TIP TAG\n", stderr);
    return 2;
  }
  git_libgit2_init();
  git_libgit2_opts(GIT_OPT_ENABLE_STRICT_HASH_VERIFICATION, 0);
  git_repository *repository;
  check(git_repository_open(&repository, arguments[1]), "open");
  git_object *base, *tip, *onto;
  check(git_revparse_single(&base, repository, arguments[2]), "base");
  check(git_revparse_single(&tip, repository, arguments[3]), "tip");
  git_object *tag;
  check(git_revparse_single(&tag, repository, arguments[4]), "tag");
  check(git_object_peel(&onto, tag, GIT_OBJECT_COMMIT), "peel");

  git_revwalk *walk;
  check(git_revwalk_new(&walk, repository), "walk");
  git_revwalk_sorting(walk, GIT_SORT_TOPOLOGICAL | GIT_SORT_REVERSE);
  check(git_revwalk_push(walk, git_object_id(tip)), "push");
  git_object *start;
  check(git_object_peel(&start, base, GIT_OBJECT_COMMIT), "peel base");
  check(git_revwalk_hide(walk, git_object_id(start)), "hide");

  git_commit *ours = (git_commit *)onto;
  git_oid id;
  while (git_revwalk_next(&id, walk) == 0) {
    git_commit *commit;
    check(git_commit_lookup(&commit, repository, &id), "commit");
    git_index *index;
    check(git_cherrypick_commit(&index, repository, commit, ours, 0, NULL), "cherrypick");
    if (git_index_has_conflicts(index)) return 1;
    git_oid treeID, commitID;
    check(git_index_write_tree_to(&treeID, index, repository), "write tree");
    git_tree *tree;
    check(git_tree_lookup(&tree, repository, &treeID), "tree");
    const git_commit *parents[] = {ours};
    check(
        git_commit_create(
            &commitID, repository, NULL, git_commit_author(commit), git_commit_author(commit), NULL,
            git_commit_message(commit), tree, 1, parents),
        "create");
    check(git_commit_lookup(&ours, repository, &commitID), "result");
    git_index_free(index);
  }
  return 0;
}

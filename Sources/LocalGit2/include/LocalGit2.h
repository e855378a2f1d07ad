#pragma once

// Nothing to call: see LocalGit2.c.

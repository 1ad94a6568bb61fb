// Names in a folder.
#ifndef FG_CSYSTEM_FOLDER_H
#define FG_CSYSTEM_FOLDER_H

#include <dirent.h>

/// The next entry's name, valid until the next call; null at the end.
static inline const char *fg_folder_next(DIR *folder) {
    struct dirent *entry = readdir(folder);
    return entry ? entry->d_name : 0;
}

#endif

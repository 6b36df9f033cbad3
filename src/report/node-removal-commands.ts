import { quoted } from './shell-commands';

/**
 * Returns the commands that unmount a directory of a node and what is below it, and remove it. They
 * leave what is mounted there and could not be unmounted.
 */
export function directoryRemoval(directory: string): string[] {
  return [
    `at=${quoted(directory)}`,
    `mounts=$(awk -v at="$at/" 'index($2 "/", at) == 1 { print $2 }' /proc/mounts) && echo "$mounts" | sort -r | xargs -r umount && { [ ! -e "$at" ] || find "$at" -xdev -delete; }`,
  ];
}

/** Removes a System V segment. */
export const SEGMENT_REMOVAL = 'ipcrm -m ID';

/** Shows the segments of a node, and removes one, if nobody knows whose they are. */
export const SEGMENTS_REMOVAL = ["ipcs -m   # the segments of the agent's user", SEGMENT_REMOVAL];

/** Shows the objects in `/dev/shm` of a node, and removes one that no process has. */
export const OBJECTS_REMOVAL = [
  "ls -l /dev/shm # the objects of the agent's user",
  'grep -l /dev/shm/OBJECT /proc/[0-9]*/maps   # prints nothing if no process has it mapped',
  'rm /dev/shm/OBJECT',
];

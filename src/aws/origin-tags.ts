/** Keys of the tags that say where a revision of a task definition is from. */
export const ORIGIN_TAGS = {
  repository: 'ecs-release:repository',
  commit: 'ecs-release:commit',
  run: 'ecs-release:run'
} as const

import {connect} from './aws/clients.ts'
import {look} from './check/look.ts'
import {registerDefinitions} from './definition/index.ts'
import {updateServices} from './deploy/update.ts'
import {follow} from './follow/follow.ts'
import {provideImage} from './image/index.ts'
import {Report} from './report/report.ts'
import {readWorkflowRun} from './workflow/event.ts'
import {readInputs} from './workflow/inputs.ts'
import {openPrivateDirectory} from './workflow/private-directory.ts'
import type {World} from './world.ts'

/** Releases a repository to Amazon ECS, from the credentials to the outcome. Never throws: the report has the last word. */
export async function run(world: World): Promise<void> {
  const report = new Report(world)
  try {
    const inputs = readInputs(world.env)
    const workflowRun = readWorkflowRun(world.env)
    report.running(workflowRun)
    await using directory = await openPrivateDirectory(workflowRun.temp)
    const aws = await connect(inputs, workflowRun, world)

    const plan = await report.phase('Check', () => look(inputs, workflowRun, directory, aws, world))
    report.planned(plan, aws)
    const image = await report.phase('Image', () => provideImage(plan.image, aws, world))
    report.provided(image)
    const revisions = await report.phase('Register', () =>
      registerDefinitions(plan.targets, image.reference, aws, world)
    )
    report.registered(revisions)
    const deployments = await updateServices(plan.targets, revisions, inputs, aws, world, report.started)
    const followed = await report.watched('Deploy', () => follow(deployments, inputs, aws, world, report.changed))
    report.concluded(followed)
  } catch (error) {
    report.failed(error)
  } finally {
    await report.close()
  }
}

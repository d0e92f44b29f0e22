import {connect} from './aws/clients.ts'
import {accepted, look} from './check/look.ts'
import {registerDefinitions} from './definition/index.ts'
import {awaitRightOfWay} from './deploy/right-of-way.ts'
import {updateServices} from './deploy/update.ts'
import {wayBack} from './deploy/way-back.ts'
import {follow} from './follow/follow.ts'
import {digestsOf, provideImage} from './image/index.ts'
import {Report} from './report/report.ts'
import {inTime} from './workflow/cancel.ts'
import {readWorkflowRun} from './workflow/event.ts'
import {readInputs} from './workflow/inputs.ts'
import {openPrivateDirectory} from './workflow/private-directory.ts'
import type {World} from './world.ts'

/** Releases a repository to Amazon ECS, from the credentials to the outcome. Never throws: the report has the last word. */
export async function run(world: World): Promise<void> {
  const report = new Report(world)
  try {
    await inTime(world, async () => {
      const workflowRun = readWorkflowRun(world.env)
      report.running(workflowRun)
      const inputs = readInputs(world.env)
      await using directory = await openPrivateDirectory(workflowRun.temp, world.log)

      const aws = await report.watched('Sign in', () => connect(inputs, workflowRun, world))
      report.connected(aws)
      const checked = await report.phase('Check', () => look(inputs, workflowRun, directory, aws, world))
      report.checked(checked, inputs)
      const plan = accepted(checked)
      report.planned(plan)
      if (inputs.plan) return
      const image = await report.phase('Image', () => provideImage(plan.image, aws, world, report.pushed))
      report.provided(image)
      await report.watched('Wait for others', () => awaitRightOfWay(plan.targets, inputs, workflowRun, aws, world))
      const revisions = await report.phase('Register', () =>
        registerDefinitions(plan.targets, image.reference, workflowRun, aws, world, report.registered)
      )
      const deployments = await report.watched('Update', () =>
        updateServices(plan.targets, revisions, image.reference, inputs, aws, world, report)
      )
      const wishes = {...inputs, digestsOf: () => digestsOf(image, aws, world)}
      const followed = await report.watched('Deploy', () => follow(deployments, wishes, aws, world, report.changed))
      const back = () => wayBack(followed, plan.targets, inputs, aws, world, report)
      report.concluded(await report.watched('Rollback', back))
    })
  } catch (error) {
    report.failed(error)
  } finally {
    await report.close()
  }
}

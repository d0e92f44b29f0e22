import {connect} from '../aws/clients.ts'
import {findPaused} from '../check/pause.ts'
import {answerPauses} from '../deploy/answer.ts'
import {digestsOfImages, wayBack} from '../deploy/way-back.ts'
import {follow} from '../follow/follow.ts'
import {Report} from '../report/report.ts'
import {inTime} from '../workflow/cancel.ts'
import {readWorkflowRun} from '../workflow/event.ts'
import {readContinueInputs} from '../workflow/sub-action-inputs.ts'
import type {World} from '../world.ts'

/** Continues a paused deployment, or has it rolled back, and follows that to the outcome. Never throws. */
export async function goOn(world: World): Promise<void> {
  const report = new Report(world, 'Continuing')
  try {
    await inTime(world, async () => {
      const workflowRun = readWorkflowRun(world.env)
      report.running(workflowRun)
      const inputs = readContinueInputs(world.env)
      const region = inputs.awsRegion ?? inputs.serviceDeploymentArn?.split(':')[3]
      const aws = await report.watched('Sign in', () => connect({...inputs, awsRegion: region}, workflowRun, world))
      report.connected(aws)
      const paused = await report.phase('Check', () => findPaused(inputs, aws, world))
      const deployment = await report.watched('Update', () => answerPauses(paused, inputs.action, aws, world))
      const {previousTaskDefinitionArn: before = deployment.taskDefinitionArn} = deployment
      report.chosen([{...paused.service, taskDefinitionArn: before}])
      report.registered(paused.service.name, {arn: deployment.taskDefinitionArn, registered: false})
      report.started(deployment)
      const wishes = {
        ...inputs,
        ...(inputs.action === 'rollback' && {waitFor: 'deployed' as const}),
        digestsOf: digestsOfImages([deployment], aws, world)
      }
      const followed = await report.watched('Deploy', () => follow([deployment], wishes, aws, world, report.changed))
      const back = () => wayBack(followed, [paused], inputs, aws, world, report)
      report.concluded(await report.watched('Rollback', back))
    })
  } catch (error) {
    report.failed(error)
  } finally {
    await report.close()
  }
}

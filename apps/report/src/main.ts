import { embeddedRuns } from './load/embedded.ts'
import { showReport } from './page/report.ts'
import './page/base.css'
import './page/masthead.css'
import './page/page.css'

const { runs, faults } = embeddedRuns(document)
showReport(document, runs, faults)

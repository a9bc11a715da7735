// SPDX-License-Identifier: BSD-2-Clause
#include "irqs.h"

#include "report.h"

void irqs_connect(struct job *job)
{
    const struct system_irq *irqs = system_table(job->image, SYSTEM_TABLE_IRQS);

    for (uint32_t i = 0; i < system_count(job->image, SYSTEM_TABLE_IRQS); i++) {
        const struct system_irq *irq = &irqs[i];
        const seL4_CPtr notification = job_mint(job, irq->notification, seL4_AllRights, irq->badge);

        report_answer(seL4_IRQHandler_SetNotification(job_cap(job, irq->object, 0), notification),
                      "connecting it", irq->object, SYSTEM_NONE, irq->line);
    }
}

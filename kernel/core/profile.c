// SPDX-License-Identifier: BSD-2-Clause
#include "core/profile.h"

#include <abi/methods.h>

struct label {
    uint8_t method;
    uint16_t needs;
};

#define LABEL(method, needs) {method, needs},
static const struct label labels[] = {ABI_LABEL_LIST(LABEL)};

static unsigned features_of(const struct abi_profile *profile)
{
    return (profile->hwdebug ? NEED_HWDEBUG : 0) | (profile->iommu ? NEED_IOMMU : 0) |
           (profile->vtx ? NEED_VTX : 0) | (profile->vtx64 ? NEED_VTX64 : 0) |
           (profile->nodes > 1 ? NEED_SMP : NEED_UP);
}

/* Labels count from 1 over the list, leaving out what the profile has not. */
BOOT_CODE void profile_fill_labels(const struct abi_profile *profile, uint8_t method_of_label[128])
{
    const unsigned features = features_of(profile);
    unsigned next = 1;

    for (unsigned i = 0; i < ARRAY_SIZE(labels); i++) {
        if ((labels[i].needs & ~features) == 0) {
            method_of_label[next++] = labels[i].method;
        }
    }
}

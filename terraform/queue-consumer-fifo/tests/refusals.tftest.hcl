# Every validation of the module, with inputs that it refuses. Needs no credentials: run `terraform test`.
provider "aws" {
  region                      = "eu-west-1"
  access_key                  = "none"
  secret_key                  = "none"
  skip_credentials_validation = true
  skip_metadata_api_check     = true
  skip_requesting_account_id  = true
}

variables {
  name     = "payments"
  filename = "main.tf" # Any file: a plan takes only its hash.
}

run "accepts_the_defaults" {
  command = plan
}

run "refuses_name_1" {
  command = plan
  variables {
    name = ""
  }
  expect_failures = [var.name]
}

run "refuses_name_2" {
  command = plan
  variables {
    name = "pay ments"
  }
  expect_failures = [var.name]
}

run "refuses_name_3" {
  command = plan
  variables {
    name = "pppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppp"
  }
  expect_failures = [var.name]
}

run "refuses_timeout_4" {
  command = plan
  variables {
    timeout = 0
  }
  expect_failures = [var.timeout]
}

run "refuses_timeout_5" {
  command = plan
  variables {
    timeout = 901
  }
  expect_failures = [var.timeout]
}

run "refuses_timeout_6" {
  command = plan
  variables {
    timeout = 1.5
  }
  expect_failures = [var.timeout]
}

run "refuses_memory_size_7" {
  command = plan
  variables {
    memory_size = 127
  }
  expect_failures = [var.memory_size]
}

run "refuses_memory_size_8" {
  command = plan
  variables {
    memory_size = 10241
  }
  expect_failures = [var.memory_size]
}

run "refuses_memory_size_9" {
  command = plan
  variables {
    memory_size = 128.5
  }
  expect_failures = [var.memory_size]
}

run "refuses_architecture_10" {
  command = plan
  variables {
    architecture = "another"
  }
  expect_failures = [var.architecture]
}

run "refuses_environment_11" {
  command = plan
  variables {
    environment = { HOLDFAST = "{}" }
  }
  expect_failures = [var.environment]
}

run "refuses_layers_12" {
  command = plan
  variables {
    layers = ["a", "b", "c", "d", "e", "f"]
  }
  expect_failures = [var.layers]
}

run "refuses_reserved_concurrency_13" {
  command = plan
  variables {
    reserved_concurrency = 0
  }
  expect_failures = [var.reserved_concurrency]
}

run "refuses_reserved_concurrency_14" {
  command = plan
  variables {
    reserved_concurrency = 1.5
  }
  expect_failures = [var.reserved_concurrency]
}

run "refuses_log_retention_days_15" {
  command = plan
  variables {
    log_retention_days = -1
  }
  expect_failures = [var.log_retention_days]
}

run "refuses_role_path_16" {
  command = plan
  variables {
    role_path = "service"
  }
  expect_failures = [var.role_path]
}

run "refuses_role_path_17" {
  command = plan
  variables {
    role_path = "/service"
  }
  expect_failures = [var.role_path]
}

run "refuses_retention_18" {
  command = plan
  variables {
    retention = 59
  }
  expect_failures = [var.retention]
}

run "refuses_retention_19" {
  command = plan
  variables {
    retention = 1209601
  }
  expect_failures = [var.retention]
}

run "refuses_retention_20" {
  command = plan
  variables {
    retention = 60.5
  }
  expect_failures = [var.retention]
}

run "refuses_max_receive_count_21" {
  command = plan
  variables {
    max_receive_count = 0
  }
  expect_failures = [var.max_receive_count]
}

run "refuses_max_receive_count_22" {
  command = plan
  variables {
    max_receive_count = 1001
  }
  expect_failures = [var.max_receive_count]
}

run "refuses_max_receive_count_23" {
  command = plan
  variables {
    max_receive_count = 1.5
  }
  expect_failures = [var.max_receive_count]
}

run "refuses_maximum_concurrency_24" {
  command = plan
  variables {
    maximum_concurrency = 1
  }
  expect_failures = [var.maximum_concurrency]
}

run "refuses_maximum_concurrency_25" {
  command = plan
  variables {
    maximum_concurrency = 1001
  }
  expect_failures = [var.maximum_concurrency]
}

run "refuses_maximum_concurrency_26" {
  command = plan
  variables {
    maximum_concurrency = 2.5
  }
  expect_failures = [var.maximum_concurrency]
}

run "refuses_batch_size_27" {
  command = plan
  variables {
    batch_size = 0
  }
  expect_failures = [var.batch_size]
}

run "refuses_batch_size_28" {
  command = plan
  variables {
    batch_size = 11
  }
  expect_failures = [var.batch_size]
}

run "refuses_batch_size_29" {
  command = plan
  variables {
    batch_size = 1.5
  }
  expect_failures = [var.batch_size]
}
